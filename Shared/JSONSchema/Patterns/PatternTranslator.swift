/// Rewrites a regular expression of ECMA-262 (Unicode mode, with the common liberties of Annex B) in RE2's syntax.
///
/// Look-around and back-references are refused: no engine with linear time has them.
struct PatternTranslator {
  private let source: [Unicode.Scalar]
  private var at = 0
  private var output = ""

  init(_ source: String) { self.source = Array(source.unicodeScalars) }

  mutating func translate() throws(PatternError) -> String {
    while let scalar = next() {
      switch scalar {
      case "\\": output += try escape()
      case "[": try characterClass()
      case "(": try group()
      case ".": output += #"[^\n\r\x{2028}\x{2029}]"#
      default: output.unicodeScalars.append(scalar)
      }
    }
    return output
  }

  private var peek: Unicode.Scalar? { at < source.count ? source[at] : nil }

  private mutating func next() -> Unicode.Scalar? {
    guard let scalar = peek else { return nil }
    at += 1
    return scalar
  }

  private mutating func take(_ text: String) -> Bool {
    let scalars = text.unicodeScalars
    guard source[at...].starts(with: scalars) else { return false }
    at += scalars.count
    return true
  }

  /// Captures are never used: every group that does not look around becomes a plain one.
  private mutating func group() throws(PatternError) {
    guard peek == "?" else {
      output += "(?:"
      return
    }
    if take("?:") {
      output += "(?:"
    } else if take("?=") || take("?!") || take("?<=") || take("?<!") {
      throw PatternError(reason: "look-around is not supported")
    } else if take("?<") {
      var hasName = false
      while let scalar = next(), scalar != ">" {
        guard scalar.properties.isIDContinue || scalar == "$" else {
          throw PatternError(reason: "malformed group name")
        }
        hasName = true
      }
      guard hasName, at > 0, source[at - 1] == ">" else { throw PatternError(reason: "malformed group name") }
      output += "(?:"
    } else {
      throw PatternError(reason: "unknown kind of group")
    }
  }

  /// An escape outside of a class, from after the backslash.
  private mutating func escape() throws(PatternError) -> String {
    switch peek {
    case "b", "B":
      at += 1
      return "\\" + String(source[at - 1])
    case "k", "1", "2", "3", "4", "5", "6", "7", "8", "9":
      throw PatternError(reason: "back-references are not supported")
    default:
      switch try atom() {
      case .scalar(let scalar): return quoted(scalar)
      case .set(let ranges): return "[\(ranges)]"
      }
    }
  }

  private enum Atom {
    case scalar(Unicode.Scalar)
    /// Ranges as they stand inside of an RE2 class.
    case set(String)
  }

  /// An escape that means the same in and out of a class, from after the backslash.
  private mutating func atom() throws(PatternError) -> Atom {
    guard let scalar = next() else { throw PatternError(reason: "a backslash at the end") }
    switch scalar {
    case "d": return .set("0-9")
    case "D": return .set(#"\x{0}-/:-\x{10FFFF}"#)
    case "w": return .set("0-9A-Za-z_")
    case "W": return .set(#"\x{0}-/:-@\[-\^`{-\x{10FFFF}"#)
    case "s": return .set(CharacterSets.space)
    case "S": return .set(CharacterSets.notSpace)
    case "p", "P": return .set(try property(isNegated: scalar == "P"))
    case "t": return .scalar("\t")
    case "n": return .scalar("\n")
    case "v": return .scalar("\u{0B}")
    case "f": return .scalar("\u{0C}")
    case "r": return .scalar("\r")
    case "0":
      if peek?.isASCIIDigit == true { throw PatternError(reason: "octal escapes are not supported") }
      return .scalar("\0")
    case "c":
      guard let letter = next(), letter.isASCIILetter else { throw PatternError(reason: #"\c wants a letter"#) }
      return .scalar(Unicode.Scalar(UInt8(letter.value & 31)))
    case "x": return .scalar(try checked(hexadecimal(digits: 2)))
    case "u": return .scalar(try unicodeEscape())
    default:
      guard scalar.isASCII, !scalar.isASCIILetter, !scalar.isASCIIDigit, scalar.value > 0x20 else {
        throw PatternError(reason: "an escape that ECMA-262 does not know")
      }
      return .scalar(scalar)
    }
  }

  /// From after `\u`: four digits, a pair of surrogates, or any number of digits in braces.
  private mutating func unicodeEscape() throws(PatternError) -> Unicode.Scalar {
    if take("{") {
      var value: UInt32 = 0, count = 0
      while let scalar = next(), scalar != "}" {
        guard let digit = hexDigit(scalar), value <= 0x10FFFF else { throw PatternError(reason: #"malformed \u{…}"#) }
        value = value << 4 | digit
        count += 1
      }
      guard count > 0, source[at - 1] == "}" else { throw PatternError(reason: #"malformed \u{…}"#) }
      return try checked(value)
    }
    let unit = try hexadecimal(digits: 4)
    if unit & 0xFC00 == 0xD800, take(#"\u"#) {
      let low = try hexadecimal(digits: 4)
      guard low & 0xFC00 == 0xDC00 else { throw PatternError(reason: "a lone surrogate matches no text") }
      return try checked(0x10000 + (unit & 0x3FF) << 10 + low & 0x3FF)
    }
    return try checked(unit)
  }

  private func checked(_ value: UInt32) throws(PatternError) -> Unicode.Scalar {
    guard let scalar = Unicode.Scalar(value) else { throw PatternError(reason: "a lone surrogate matches no text") }
    return scalar
  }

  private mutating func hexadecimal(digits count: Int) throws(PatternError) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<count {
      guard let digit = next().flatMap(hexDigit) else { throw PatternError(reason: "too few hexadecimal digits") }
      value = value << 4 | digit
    }
    return value
  }

  private func hexDigit(_ scalar: Unicode.Scalar) -> UInt32? {
    scalar.isASCII ? URIReference.hexDigit(UInt8(scalar.value)).map(UInt32.init) : nil
  }

  /// From after `\p` or `\P`, as it stands in or out of a class of RE2.
  private mutating func property(isNegated: Bool) throws(PatternError) -> String {
    guard take("{") else { throw PatternError(reason: #"\p wants a name in braces"#) }
    var name = ""
    while let scalar = next(), scalar != "}" {
      guard scalar.isASCIILetter || scalar.isASCIIDigit || scalar == "_" || scalar == "=" else {
        throw PatternError(reason: #"malformed \p{…}"#)
      }
      name.unicodeScalars.append(scalar)
    }
    guard source[at - 1] == "}", let ranges = CharacterSets.property(name, isNegated: isNegated) else {
      throw PatternError(reason: #"\p{…} takes a general category or Script=NAME only"#)
    }
    return ranges
  }

  /// From after the opening bracket.
  private mutating func characterClass() throws(PatternError) {
    let isNegated = take("^")
    if take("]") {
      output += isNegated ? #"[\x{0}-\x{10FFFF}]"# : #"[^\x{0}-\x{10FFFF}]"#
      return
    }
    output += isNegated ? "[^" : "["
    while let first = try classAtom() {
      guard peek == "-", at + 1 < source.count, source[at + 1] != "]" else {
        output += classText(first)
        continue
      }
      at += 1
      guard let last = try classAtom() else { break }
      if case .scalar(let low) = first, case .scalar(let high) = last {
        guard low <= high else { throw PatternError(reason: "a range out of order") }
        output += quoted(low) + "-" + quoted(high)
      } else {
        // Annex B: where an end is a set, the hyphen stands for itself.
        output += classText(first) + quoted("-") + classText(last)
      }
    }
    output += "]"
  }

  /// The next atom of a class; nil at its closing bracket.
  private mutating func classAtom() throws(PatternError) -> Atom? {
    guard let scalar = next() else { throw PatternError(reason: "a class without its closing bracket") }
    switch scalar {
    case "]": return nil
    case "\\" where take("b"): return .scalar("\u{08}")
    case "\\": return try atom()
    default: return .scalar(scalar)
    }
  }

  private func classText(_ atom: Atom) -> String {
    switch atom {
    case .scalar(let scalar): quoted(scalar)
    case .set(let ranges): ranges
    }
  }

  /// A scalar that stands for itself, in and out of a class.
  private func quoted(_ scalar: Unicode.Scalar) -> String {
    if scalar.isASCIILetter || scalar.isASCIIDigit { return String(scalar) }
    return #"\x{"# + String(scalar.value, radix: 16) + "}"
  }
}
