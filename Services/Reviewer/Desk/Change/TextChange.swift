import JSON

/// Two texts, or two lists of texts, with what differs marked: for the eye by line and colour, for the ear by words.
struct TextChange {
  private let parts: [WordDiff.Part]
  private let isList: Bool
  /// Of both texts: by them letters that look like others are told.
  private let scripts: Scripts

  init(_ before: String, _ after: String) {
    parts = WordDiff.parts(before, after)
    isList = false
    scripts = Scripts(before + " " + after)
  }

  /// Values that are not told apart by words: an amount, a date.
  init(whole before: String, _ after: String) {
    parts = WordDiff.elements([before], [after])
    isList = false
    scripts = Scripts(before + " " + after)
  }

  init(_ before: [String], _ after: [String]) {
    parts = WordDiff.elements(before, after)
    isList = true
    scripts = Scripts((before + after).joined(separator: " "))
  }

  /// The older one, with what goes.
  var before: HTML { shown { if case .new = $0 { false } else { true } } }
  /// The newer one, with what comes.
  var after: HTML { shown { if case .gone = $0 { false } else { true } } }
  /// Both in one.
  var inline: HTML { shown { _ in true } }

  static func removed(_ inner: HTML) -> HTML { "<del><span class=\"sr\">removed: </span>\(inner)<span class=\"sr\"> end</span></del>" }
  static func added(_ inner: HTML) -> HTML { "<ins><span class=\"sr\">added: </span>\(inner)<span class=\"sr\"> end</span></ins>" }

  private func shown(_ isShown: (WordDiff.Part) -> Bool) -> HTML {
    let marked = parts.enumerated().filter { isShown($0.element) }.map { index, part -> HTML in
      switch part {
      case .same(let text): "\(text, in: scripts)"
      case .gone(let text): TextChange.removed(visible(text, beside: partner(index)))
      case .new(let text): TextChange.added(visible(text, beside: partner(index)))
      }
    }
    guard isList else { return "\(marked)" }
    return marked.isEmpty ? "none" : "<ul class=\"items\">\(marked.html { "<li>\($0)</li>" })</ul>"
  }

  /// What stands in the other text at the same place.
  private func partner(_ index: Int) -> String? {
    switch (parts[index], parts[safe: index - 1], parts[safe: index + 1]) {
    case (.gone, _, .new(let other)?), (.new, .gone(let other)?, _): other
    default: nil
    }
  }

  /// A change that the eye would miss is spelt out: white space alone, or the same letters in other code points.
  private func visible(_ text: String, beside other: String?) -> HTML {
    guard let other, !trimmed(text).isEmpty else {
      return trimmed(text).isEmpty ? TextChange.spaces(text, scripts) : "\(text, in: scripts)"
    }
    if trimmed(text).utf8.elementsEqual(trimmed(other).utf8) { return TextChange.spaces(text, scripts) }
    guard text == other || isSpacedAlike(text, other) else { return "\(text, in: scripts)" }
    return "\(TextChange.spaces(text, scripts)) <small class=\"codes\">\(TextChange.codes(text))</small>"
  }

  private func isSpacedAlike(_ a: String, _ b: String) -> Bool {
    func spaced(_ text: String) -> [Unicode.Scalar] { text.unicodeScalars.map { $0.properties.isWhitespace ? " " : $0 } }
    return spaced(a) == spaced(b)
  }

  private func trimmed(_ text: String) -> String {
    let scalars = Array(text.unicodeScalars)
    let isSpace = { (scalar: Unicode.Scalar) in scalar.properties.isWhitespace }
    guard let first = scalars.firstIndex(where: { !isSpace($0) }), let last = scalars.lastIndex(where: { !isSpace($0) }) else { return "" }
    return String(String.UnicodeScalarView(scalars[first...last]))
  }

  /// A text whose white space can be seen.
  static func spaces(_ text: String, _ scripts: Scripts) -> HTML {
    var pieces: [HTML] = []
    var word = String.UnicodeScalarView()
    func end() {
      if !word.isEmpty { pieces.append("\(String(word), in: scripts)") }
      word.removeAll()
    }
    for scalar in text.unicodeScalars {
      guard scalar.properties.isWhitespace else {
        word.append(scalar)
        continue
      }
      end()
      switch scalar {
      case " ": pieces.append("<span class=\"space\" title=\"space\">·</span>")
      case "\n": pieces.append("<span class=\"space\" title=\"end of line\">⏎</span>\n")
      case "\t": pieces.append("<span class=\"space\" title=\"tab\">⇥</span>")
      default: pieces.append("<span class=\"odd\" title=\"white space of another kind\">\(codes(String(scalar)))</span>")
      }
    }
    end()
    return "\(pieces)"
  }

  private static func codes(_ text: String) -> String {
    text.unicodeScalars.prefix(40).map { scalar in
      let digits = String(scalar.value, radix: 16, uppercase: true)
      return "U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }.joined(separator: " ")
  }
}
