/// Controls but for tab and line feed, and what Unicode calls format characters (Cf), fillers and tags.
func isOdd(_ scalar: Unicode.Scalar) -> Bool {
  switch scalar.properties.generalCategory {
  case .control: scalar != "\n" && scalar != "\t" && scalar != "\r"
  case .format, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator, .surrogate: true
  default: scalar.properties.isDefaultIgnorableCodePoint || scalar == "\u{2800}"
  }
}

/// Whether something stands in a text that hides, turns or stacks other text, or looks like what it is not.
func hidesSomething(_ text: String) -> Bool {
  guard !text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F || $0 == 0x0A || $0 == 0x09 || $0 == 0x0D }) else { return false }
  var stack = MarkStack()
  return text.unicodeScalars.contains { isOdd($0) || stack.isTooHigh(with: $0) } || !Lookalikes(text).places.isEmpty
}

/// Counts the marks on one letter: a third one covers the lines around it.
struct MarkStack {
  private var height = 0
  static let most = 2

  mutating func isTooHigh(with scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark: height += 1
    default: height = 0
    }
    return height > Self.most
  }
}
