import CEL

/// A condition as what a case would have needed for it, told with the values seen.
indirect enum Need: Sendable {
  case all([Need])
  case any([Need])
  case atom(Atom)

  struct Atom: Sendable {
    /// The atom as a condition; nil where it cannot be judged by itself.
    var holds: Expression?
    /// What it is about; nil where only its text can be told.
    var subject: Expression?
    var text: String
    /// "reach", with the value that is needed or where that is read.
    var words: String
    var side: Side

    enum Side: Sendable {
      case none
      case text(String)
      case read(Expression)
    }
  }

  /// Characters of a told need at most.
  static let longest = 400

  /// - Parameter negated: to tell what would have made the condition false.
  init?(_ condition: Expression, negated: Bool, _ variables: [String: CELType]) {
    guard let outline = CELOutline(condition.source) else { return nil }
    self.init(negated ? outline.negated.withoutGuards : outline, variables)
  }

  private init(_ outline: CELOutline, _ variables: [String: CELType]) {
    func compiled(_ source: String) -> Expression? { try? Expression(source, variables: variables, expecting: nil) }
    switch outline {
    case .all(let parts): self = .all(parts.map { Need($0, variables) })
    case .any(let parts): self = .any(parts.map { Need($0, variables) })
    case .constant(let value):
      self = .atom(Atom(holds: compiled("\(value)"), text: "it", words: "hold", side: .none))
    case .present(let path, let expected):
      self = .atom(
        Atom(
          holds: compiled("\(expected ? "" : "!")has(\(path))"), text: path,
          words: expected ? "be given" : "be left out", side: .none))
    case .other(let text, let expected):
      let source = compiled(text)
      let isPath = text.utf8.allSatisfy { $0 == 0x2E || $0 == 0x5F || isAlphanumeric($0) }
      self = .atom(
        Atom(
          holds: compiled(expected ? text : "!(\(text))"), subject: isPath ? source : nil,
          text: isPath ? text : "`\(text)`",
          words: isPath ? "be \(expected ? "yes" : "no")" : expected ? "hold" : "not hold", side: .none))
    case .compared(let subject, let relation, let side):
      let other =
        switch side {
        case .literal(let value): Self.source(value)
        case .expression(let text): text
        }
      let positive = relation == .notAmong ? "!(\(subject) in \(other))" : "\(subject) \(relation.rawValue) \(other)"
      self = .atom(
        Atom(
          holds: compiled(positive), subject: compiled(subject), text: subject, words: Self.words(relation),
          side: {
            switch side {
            case .literal(let value): .text(Self.shown(value))
            case .expression(let text): compiled(text).map { .read($0) } ?? .text(text)
            }
          }()))
    }
  }

  /// What is still needed, in words; nil where nothing is.
  func told(in scope: Scope) -> String? { text(scope, nested: false).map { clipped($0, to: Self.longest) } }

  private func text(_ scope: Scope, nested: Bool) -> String? {
    switch self {
    case .atom(let atom): return atom.told(scope)
    case .all(let parts):
      let unmet = parts.compactMap { $0.text(scope, nested: true) }
      return unmet.isEmpty ? nil : Self.joined(unmet, " and ", nested)
    case .any(let parts):
      let unmet = parts.compactMap { $0.text(scope, nested: true) }
      return unmet.count < parts.count ? nil : Self.joined(unmet, " or ", nested)
    }
  }

  private static func joined(_ parts: [String], _ word: String, _ nested: Bool) -> String {
    parts.count == 1 ? parts[0] : nested ? "(\(parts.joined(separator: word)))" : parts.joined(separator: word)
  }

  private static func words(_ relation: CELOutline.Relation) -> String {
    switch relation {
    case .equal: "be"
    case .notEqual: "be other than"
    case .less: "be under"
    case .lessOrEqual: "be at most"
    case .greater: "exceed"
    case .greaterOrEqual: "reach"
    case .among: "be one of"
    case .notAmong: "be none of"
    }
  }

  private static func source(_ value: CELValue) -> String {
    switch value {
    case .list(let values): "[\(values.map(source).joined(separator: ", "))]"
    case .double(let number): "\(number)"
    default: value.description
    }
  }

  private static func shown(_ value: CELValue) -> String {
    switch value {
    case .list(let values): values.map(shown).joined(separator: ", ")
    case .string(let text): text.isEmpty ? "empty" : visible(text)
    case .double(let number): decimal(number)
    default: value.description
    }
  }
}

extension Need.Atom {
  fileprivate func told(_ scope: Scope) -> String? {
    if case .yes? = holds?.answer(in: scope) { return nil }
    let seen = subject.map { " " + Sentence.show($0, .plain, scope) } ?? ""
    let needed =
      switch side {
      case .none: ""
      case .text(let text): " " + text
      case .read(let expression): " \(expression.source) (\(Sentence.show(expression, .plain, scope)))"
      }
    return "\(text)\(seen) would have had to \(words)\(needed)"
  }
}

extension CELOutline {
  /// Without the alternatives that only say that there was nothing to look at: nobody wants to hear that a source would
  /// have had to be missing.
  fileprivate var withoutGuards: CELOutline {
    switch self {
    case .all(let parts): return .all(parts.map(\.withoutGuards))
    case .any(let parts):
      let left = parts.filter { !$0.isAbsence }
      return .any((left.isEmpty ? parts : left).map(\.withoutGuards))
    default: return self
    }
  }

  private var isAbsence: Bool {
    switch self {
    case .present(_, false): true
    case .other(let text, false): text.hasSuffix(".found") || text.hasSuffix(".answered")
    default: false
    }
  }
}
