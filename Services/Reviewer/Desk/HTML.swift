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

    /// Between tags: characters that hide or turn other text are shown by their number.
    mutating func appendInterpolation(_ value: String) {
      appendEscaped(value) { "<span class=\"odd\" title=\"a character that cannot be seen\">U+\(number($0))</span>" }
    }

    /// Inside a quoted attribute, where there can be no markup: the value as it is, so that forms send back what they got.
    mutating func appendInterpolation(attribute value: String) { appendEscaped(value) { String($0) } }

    private mutating func appendEscaped(_ value: String, odd: (Unicode.Scalar) -> String) {
      for scalar in value.unicodeScalars {
        switch scalar {
        case "&": text += "&amp;"
        case "<": text += "&lt;"
        case ">": text += "&gt;"
        case "\"": text += "&quot;"
        case "'": text += "&#39;"
        case "\0": text += "U+0000"
        case _ where isOdd(scalar): text += odd(scalar)
        default: text.unicodeScalars.append(scalar)
        }
      }
    }
  }
}

/// The number of a character as Unicode writes it, at least four digits.
private func number(_ scalar: Unicode.Scalar) -> String {
  let digits = String(scalar.value, radix: 16, uppercase: true)
  return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
}

/// Controls but for tab and line feed, and what Unicode calls format characters (Cf), fillers and tags.
func isOdd(_ scalar: Unicode.Scalar) -> Bool {
  switch scalar.properties.generalCategory {
  case .control: scalar != "\n" && scalar != "\t" && scalar != "\r"
  case .format, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator, .surrogate: true
  default: scalar.properties.isDefaultIgnorableCodePoint || scalar == "\u{2800}"
  }
}

extension Sequence {
  func html(_ make: (Element) throws -> HTML) rethrows -> [HTML] { try map(make) }
}
