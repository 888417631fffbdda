import CEL

/// Conditions of a file in words, with the numbers that they compare with, so that somebody who knows no CEL can follow them.
struct ConditionWords {
  /// By the path that a condition reads, `threshold.longest_text`.
  private let thresholds: [String: String]
  private let scope = Scope()

  init(_ threshold: CELValue) {
    scope.threshold = threshold
    var known: [String: String] = [:]
    if case .map(let map) = threshold {
      for entry in map.entries { if case .string(let name) = entry.key { known["threshold.\(name)"] = Self.shown(entry.value) } }
    }
    thresholds = known
  }

  func told(_ expression: Expression) -> String {
    CELOutline(expression.source).map { told($0, nested: false) } ?? quoted(expression.source)
  }

  /// The sentence of a rule with the names of what it shows in their places, and thresholds as numbers.
  func told(_ sentence: Sentence) -> String {
    sentence.pieces.map { piece in
      switch piece {
      case .text(let text): text
      case .shown(let expression, let form): number(expression, form) ?? "{\(expression.source)}"
      }
    }.joined()
  }

  /// Of a threshold; nil for what only a case knows.
  private func number(_ expression: Expression, _ form: Sentence.Form) -> String? {
    guard let plain = thresholds[expression.source] else { return nil }
    if case .money = form { return "\(plain) minor units" }
    return Sentence.show(expression, form, scope)
  }

  private func told(_ outline: CELOutline, nested: Bool) -> String {
    switch outline {
    case .all(let parts): return joined(parts, "and", nested)
    case .any(let parts): return joined(parts, "or", nested)
    case .constant(let value): return value ? "always" : "never"
    case .present(let path, let isGiven): return "\(path) is \(isGiven ? "given" : "left out")"
    case .other(let text, let holds):
      guard text.utf8.allSatisfy({ $0 == 0x2E || $0 == 0x5F || isAlphanumeric($0) }) else {
        return "\(quoted(text)) \(holds ? "holds" : "does not hold")"
      }
      return "\(text) is \(holds ? "true" : "not true")"
    case .compared(let subject, let relation, let side):
      let other =
        switch side {
        case .literal(let value): Self.shown(value)
        case .expression(let text): thresholds[text].map { "\($0) (\(text))" } ?? name(text)
        }
      return "\(thresholds[subject] ?? name(subject)) \(Self.words(relation)) \(other)"
    }
  }

  private func joined(_ parts: [CELOutline], _ word: String, _ nested: Bool) -> String {
    let told = parts.map { self.told($0, nested: true) }.joined(separator: " \(word) ")
    return nested && parts.count > 1 ? "(\(told))" : told
  }

  /// What is computed stands as it is written.
  private func name(_ text: String) -> String {
    text.utf8.allSatisfy { $0 == 0x2E || $0 == 0x5F || isAlphanumeric($0) } ? text : quoted(text)
  }

  private func quoted(_ text: String) -> String { "`\(visible(text))`" }

  private static func words(_ relation: CELOutline.Relation) -> String {
    switch relation {
    case .equal: "is"
    case .notEqual: "is not"
    case .less: "is under"
    case .lessOrEqual: "is at most"
    case .greater: "is over"
    case .greaterOrEqual: "is at least"
    case .among: "is one of"
    case .notAmong: "is none of"
    }
  }

  static func shown(_ value: CELValue) -> String {
    switch value {
    case .double(let number): decimal(number)
    case .string(let text): text.isEmpty ? "empty" : visible(text)
    case .list(let values): values.map(shown).joined(separator: ", ")
    case .bool(let flag): flag ? "yes" : "no"
    default: value.description
    }
  }
}
