import Yams

/// A mapping of the file while it is read.
///
/// Each getter notes its key as read and reports a mistake where the value is not as asked; `finish` reports the keys
/// that nothing read.
final class Section {
  let path: String
  let line: Int
  let mistakes: Mistakes
  private let entries: [(key: String, line: Int, node: Node)]
  private var known: [String] = []

  init?(_ node: Node, path: String, _ mistakes: Mistakes) {
    self.path = path
    self.mistakes = mistakes
    line = node.mark?.line ?? 1
    guard case .mapping(let mapping) = node else {
      mistakes.add(line, path, "a mapping of settings expected", "write `key: value` lines")
      return nil
    }
    entries = mapping.compactMap { key, value in
      guard case .scalar(let name) = key else {
        mistakes.add(key.mark?.line ?? 1, path, "a plain key expected", "write `key: value`")
        return nil
      }
      return (name.string, name.mark?.line ?? 1, value)
    }
  }

  func pathed(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }
  func has(_ key: String) -> Bool { entries.contains { $0.key == key } }
  var keys: [String] { entries.map(\.key) }

  /// Reports a key without which the file has no meaning.
  func missing(_ key: String, _ remedy: String) { mistakes.add(line, pathed(key), "this setting is missing", remedy) }

  private func entry(_ key: String) -> (line: Int, node: Node)? {
    known.append(key)
    return entries.first { $0.key == key }.map { ($0.line, $0.node) }
  }

  func text(_ key: String, required: String? = nil, longest: Int = 200) -> LocatedText? {
    guard let (line, node) = entry(key) else {
      if let required { missing(key, required) }
      return nil
    }
    return Self.text(node, LocatedText(text: "", line: line, key: pathed(key)), longest, mistakes)
  }

  /// A text of one scalar without characters that hide or reorder others.
  private static func text(_ node: Node, _ place: LocatedText, _ longest: Int, _ mistakes: Mistakes) -> LocatedText? {
    guard case .scalar(let scalar) = node, !scalar.string.isEmpty, scalar.string.unicodeScalars.count <= longest else {
      mistakes.add(place, "a text of 1 to \(longest) characters expected", "write one, in quotes if it holds ': '")
      return nil
    }
    guard !scalar.string.unicodeScalars.contains(where: { $0.isHidden }) else {
      mistakes.add(place, "no control or invisible characters expected", "type the text anew")
      return nil
    }
    // A block scalar's text begins on the line after its indicator.
    let below = scalar.style == .literal || scalar.style == .folded ? 1 : 0
    return LocatedText(text: scalar.string, line: (scalar.mark?.line ?? place.line) + below, key: place.key)
  }

  private func scalar(_ key: String) -> (line: Int, text: String)? {
    guard let (line, node) = entry(key) else { return nil }
    guard case .scalar(let scalar) = node else { return (line, "") }
    return (line, scalar.string)
  }

  func whole(_ key: String, in range: ClosedRange<Int>, default value: Int) -> Int {
    guard let (line, text) = scalar(key) else { return value }
    if let whole = Int(text), range.contains(whole) { return whole }
    mistakes.add(
      line, pathed(key), "a whole number from \(range.lowerBound) to \(range.upperBound) expected",
      Int(text.prefix { ("0"..."9").contains($0) }).map { range.contains($0) ? "write \($0)" : "write one in that range" } ?? "write one in that range",
      value: text)
    return value
  }

  func number(_ key: String, in range: ClosedRange<Double>, default value: Double? = nil) -> Double? {
    guard let (line, text) = scalar(key) else { return value }
    if let number = PolicyText.decimal(text), range.contains(number) { return number }
    // 8% and 8 are meant as 0.08 where a share is asked for.
    let isShare = range.upperBound == 1 && Int(text) != nil
    let share = PolicyText.decimal(text.hasSuffix("%") ? String(text.dropLast()) : text).map { $0 / 100 }.flatMap {
      (text.hasSuffix("%") || isShare) && range.contains($0) ? $0 : nil
    }
    mistakes.add(
      line, pathed(key), "a number from \(range.lowerBound) to \(range.upperBound) expected",
      share.map { "write \(decimal($0))" } ?? "write one in that range", value: text)
    return value
  }

  func flag(_ key: String, default fallback: Bool = false) -> Bool {
    guard let (line, text) = scalar(key) else { return fallback }
    if text == "true" || text == "false" { return text == "true" }
    mistakes.add(line, pathed(key), "true or false expected", "write true or false", value: text)
    return fallback
  }

  func choice<Choice: RawRepresentable<String> & CaseIterable>(
    _ key: String, _ type: Choice.Type, required: Bool = false, among allowed: [Choice] = Array(Choice.allCases)
  ) -> Choice? {
    let names = allowed.map(\.rawValue).joined(separator: ", ")
    guard let (line, text) = scalar(key) else {
      if required { missing(key, "write one of \(names)") }
      return nil
    }
    if let choice = allowed.first(where: { $0.rawValue == text }) { return choice }
    let near = nearest(text, among: allowed.map(\.rawValue))
    mistakes.add(
      line, pathed(key), "one of \(names) expected", near.map { "did you mean \($0)?" } ?? "write one of them",
      value: text)
    return nil
  }

  /// A length of time such as 30s, 15m, 24h or 90d, in seconds.
  func duration(_ key: String, in range: ClosedRange<Int>, default value: Int) -> Int {
    guard let (line, text) = scalar(key) else { return value }
    let units: [Character: Int] = ["s": 1, "m": 60, "h": 3600, "d": 86400]
    if let unit = text.last.flatMap({ units[$0] }), let count = Int(text.dropLast()) {
      let (seconds, overflow) = count.multipliedReportingOverflow(by: unit)
      if !overflow, range.contains(seconds) { return seconds }
    }
    mistakes.add(
      line, pathed(key), "a time from \(Self.time(range.lowerBound)) to \(Self.time(range.upperBound)) expected",
      "write it like 30s, 15m, 24h or 90d", value: text)
    return value
  }

  /// As it is written: 604800 is 7d.
  private static func time(_ seconds: Int) -> String {
    for (unit, length) in [("d", 86_400), ("h", 3_600), ("m", 60)] where seconds > 0 && seconds % length == 0 {
      return "\(seconds / length)\(unit)"
    }
    return "\(seconds)s"
  }

  func section(_ key: String, required: String? = nil) -> Section? {
    guard let (_, node) = entry(key) else {
      if let required { missing(key, required) }
      return nil
    }
    return Section(node, path: pathed(key), mistakes)
  }

  private func elements(_ key: String, _ required: String?, _ most: Int) -> [Node] {
    guard let (line, node) = entry(key) else {
      if let required { missing(key, required) }
      return []
    }
    guard case .sequence(let sequence) = node, sequence.count <= most, !(required != nil && sequence.isEmpty) else {
      mistakes.add(line, pathed(key), "a list of at most \(most) entries expected", required ?? "write `- ` lines")
      return []
    }
    return Array(sequence)
  }

  func sections(_ key: String, required: String? = nil, atMost most: Int) -> [Section] {
    elements(key, required, most).enumerated().compactMap { Section($1, path: "\(pathed(key))[\($0)]", mistakes) }
  }

  func texts(_ key: String, required: String? = nil, atMost most: Int, longest: Int = 200) -> [LocatedText] {
    elements(key, required, most).enumerated().compactMap { index, node in
      let place = LocatedText(text: "", line: node.mark?.line ?? line, key: "\(pathed(key))[\(index)]")
      return Self.text(node, place, longest, mistakes)
    }
  }

  /// Hands over an entry's tree where a setting has several forms.
  func node(_ key: String) -> (line: Int, node: Node)? { entry(key) }

  func finish() {
    for (key, line, _) in entries where !known.contains(key) {
      let remedy =
        nearest(key, among: known).map { "did you mean \($0)?" }
        ?? "remove it, or use one of \(known.joined(separator: ", "))"
      mistakes.add(line, pathed(key), "a setting that nothing reads", remedy)
    }
  }
}
