/// Markup. Text that is put into it becomes text, whatever it says; only other `HTML` goes in as it is.
struct HTML: ExpressibleByStringInterpolation, Sendable {
  private(set) var text: String

  init(stringLiteral value: String) { text = value }
  init(stringInterpolation: StringInterpolation) { text = stringInterpolation.text }

  static let none: HTML = ""

  struct StringInterpolation: StringInterpolationProtocol {
    fileprivate var text: String

    init(literalCapacity: Int, interpolationCount: Int) {
      text = ""
      text.reserveCapacity(literalCapacity + interpolationCount * 32)
    }

    mutating func appendLiteral(_ literal: String) { text += literal }
    mutating func appendInterpolation(_ html: HTML) { text += html.text }
    mutating func appendInterpolation(_ list: [HTML]) { for html in list { text += html.text } }
    mutating func appendInterpolation(_ value: Int) { text += String(value) }
    mutating func appendInterpolation(_ value: Int64) { text += String(value) }

    /// Between tags: characters that hide or turn other text are shown by their number, letters that look like others
    /// with theirs.
    ///
    /// - Parameter scripts: those of what the text is a piece of.
    mutating func appendInterpolation(_ value: String, in scripts: Scripts? = nil) {
      let alike = Lookalikes(value, in: scripts).places
      var stack = MarkStack()
      for (index, scalar) in value.unicodeScalars.enumerated() {
        if scalar.value >= 0x20, scalar.value < 0x7F {
          stack = MarkStack()
          appendEscaped(scalar)
        } else if let shape = alike[index] {
          text += "<span class=\"odd alike\" title=\"looks like \(shape) and is another character\">"
          text.unicodeScalars.append(scalar)
          text += "<small>U+\(number(scalar))</small></span>"
        } else if isOdd(scalar) || stack.isTooHigh(with: scalar) {
          text += scalar == "\0" ? "U+0000" : "<span class=\"odd\" title=\"a character that cannot be seen\">U+\(number(scalar))</span>"
        } else {
          appendEscaped(scalar)
        }
      }
    }

    /// Inside a quoted attribute, where there can be no markup: the value as it is, so that forms send back what they got.
    mutating func appendInterpolation(attribute value: String) {
      for scalar in value.unicodeScalars { if scalar == "\0" { text += "U+0000" } else { appendEscaped(scalar) } }
    }

    private mutating func appendEscaped(_ scalar: Unicode.Scalar) {
      switch scalar {
      case "&": text += "&amp;"
      case "<": text += "&lt;"
      case ">": text += "&gt;"
      case "\"": text += "&quot;"
      case "'": text += "&#39;"
      default: text.unicodeScalars.append(scalar)
      }
    }
  }
}

/// The number of a character as Unicode writes it, at least four digits.
private func number(_ scalar: Unicode.Scalar) -> String {
  let digits = String(scalar.value, radix: 16, uppercase: true)
  return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
}

extension Sequence {
  func html(_ make: (Element) throws -> HTML) rethrows -> [HTML] { try map(make) }
}
