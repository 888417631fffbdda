/// Cuts text into sentences.
enum Sentences {
  /// At most this many are looked at; a text that goes on is not.
  static let most = 400
  /// Longer ones are cut, in characters of Unicode.
  static let longest = 400

  /// Sentences in their order, without the white space around them. One ends at `.`, `!`, `?` or `…` before white
  /// space, or at the end of a line; an abbreviation with full stops inside or of one letter does not end one.
  static func split(_ text: String) -> [String] {
    var sentences: [String] = [], current = String.UnicodeScalarView(), last: Unicode.Scalar = " ", word = 0, count = 0,
      abbreviation = false

    func flush() {
      var view = current[...]
      while let scalar = view.last, scalar.properties.isWhitespace { view.removeLast() }
      if view.contains(where: { $0.properties.isAlphabetic }) { sentences.append(String(view)) }
      current = String.UnicodeScalarView()
      count = 0
    }

    for scalar in text.unicodeScalars {
      let space = scalar.properties.isWhitespace
      let ends = last == "!" || last == "?" || last == "…" || last == "." && word > 1 && !abbreviation
      if scalar == "\n" || scalar == "\r" || space && ends { flush() }
      if sentences.count >= most { return sentences }
      if !(space && count == 0), count < longest {
        current.append(space ? " " : scalar)
        count += 1
      }
      abbreviation = !space && (abbreviation || last == "." && scalar.properties.isAlphabetic)
      if scalar != "." { word = space ? 0 : word + 1 }
      last = scalar
    }
    flush()
    return Array(sentences.prefix(most))
  }
}

extension String {
  /// The first `count` characters of Unicode, with `…` for what was left out; the result has at most `count`.
  func cut(to count: Int) -> String {
    guard count > 0, unicodeScalars.count > count else { return self }
    var view = String.UnicodeScalarView(unicodeScalars.prefix(count - 1))
    view.append("…")
    return String(view)
  }

  /// The text, or `other` where it has nothing to read.
  func orIfBlank(_ other: String) -> String {
    unicodeScalars.contains { !$0.properties.isWhitespace } ? self : other
  }
}
