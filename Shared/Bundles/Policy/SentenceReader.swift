import CEL

/// Reads the sentences of one file and holds them to their rules: short, unique, naming what the condition reads.
final class SentenceReader {
  private let expressions: ExpressionReader
  private let mistakes: Mistakes
  private var used: [String: Int] = [:]

  init(_ expressions: ExpressionReader) {
    self.expressions = expressions
    mistakes = expressions.mistakes
  }

  /// - Parameter condition: what the sentence explains; nil where it explains no condition.
  func read(_ section: Section, of condition: Expression?, _ variables: [String: CELType]) -> Sentence? {
    let remedy = "say in one sentence why, such as `because: confidence {confidence} is under 0.75`"
    guard let text = section.text("because", required: remedy, longest: 400) else { return nil }
    if let line = used.updateValue(text.line, forKey: text.text) {
      mistakes.add(text, "a sentence of its own expected, the same stands on line \(line)", "say what is special here")
    }
    guard let sentence = parse(text, variables) else { return nil }
    if let condition { check(sentence, explains: condition, text) }
    return sentence
  }

  private func parse(_ text: LocatedText, _ variables: [String: CELType]) -> Sentence? {
    var pieces: [Sentence.Piece] = []
    var rest = text.text[...]
    while let open = rest.firstIndex(of: "{") {
      guard let close = rest[open...].firstIndex(of: "}") else {
        mistakes.add(text, "a closing } expected", "write {item.field}")
        return nil
      }
      if open > rest.startIndex { pieces.append(.text(String(rest[..<open]))) }
      guard let piece = shown(rest[rest.index(after: open)..<close], text, variables) else { return nil }
      pieces.append(piece)
      rest = rest[rest.index(after: close)...]
    }
    if !rest.isEmpty { pieces.append(.text(String(rest))) }
    let sentence = Sentence(pieces: pieces)
    if sentence.length > Sentence.longest {
      mistakes.add(
        text, "a sentence of at most \(Sentence.longest) characters expected",
        "shorten it; each {} counts as \(Sentence.placeLength)")
    }
    return sentence
  }

  private func shown(_ inner: Substring, _ text: LocatedText, _ variables: [String: CELType]) -> Sentence.Piece? {
    let halves = inner.split(separator: "|", maxSplits: 1, omittingEmptySubsequences: false)
    guard let value = path(halves[0], text, variables) else { return nil }
    guard halves.count == 2 else { return .shown(value, .plain) }
    let words = halves[1].split(separator: " ")
    switch words.first {
    case "percent" where words.count == 1: return .shown(value, .percent)
    case "money" where words.count == 2:
      return path(words[1], text, variables).map { .shown(value, .money($0)) }
    default:
      mistakes.add(text, "{path}, {path|percent} or {path|money currency.path} expected", "write one of these")
      return nil
    }
  }

  /// A dotted path only: a sentence shows values and computes none.
  private func path(_ name: Substring, _ text: LocatedText, _ variables: [String: CELType]) -> Expression? {
    let letters = name.utf8.allSatisfy { $0 == 0x2E || $0 == 0x5F || isAlphanumeric($0) }
    guard letters, !name.isEmpty else {
      mistakes.add(text, "a dotted path expected between { and }", "write {item.field}, or declare it under `values`")
      return nil
    }
    return expressions.compile(
      LocatedText(text: String(name), line: text.line, key: text.key), variables, expecting: nil)
  }

  private func check(_ sentence: Sentence, explains condition: Expression, _ text: LocatedText) {
    guard condition.constant == nil else { return }
    let shows = sentence.shows
    let spoken = text.text.lowercased().replacing("_", with: " ")
    let named = condition.reads.contains { read in
      let last = read.split(separator: ".").last.map { $0.lowercased().replacing("_", with: " ") } ?? read
      return spoken.contains(last) || shows.contains { $0 == read || $0.hasPrefix(read + ".") }
    }
    if !named {
      mistakes.add(
        text, "a sentence that names what the condition reads (\(condition.reads.joined(separator: ", "))) expected",
        "show it, such as {\(condition.reads.first ?? "item.field")}")
    }
    for threshold in condition.reads where threshold.hasPrefix("threshold.") && !shows.contains(threshold) {
      mistakes.add(text, "the sentence must show the threshold that the condition reads", "write {\(threshold)}")
    }
  }
}

func isAlphanumeric(_ byte: UInt8) -> Bool {
  (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
}
