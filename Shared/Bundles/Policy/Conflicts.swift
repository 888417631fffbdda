import CEL
import Domain

/// Who may not decide a case although a group of theirs is asked: a condition over the approver and the case.
struct Conflict: Sendable {
  var id: String
  var when: Expression
  var because: Sentence
}

/// Somebody who wants to decide.
public struct Approver: Sendable, Equatable {
  public var id: String
  public var groups: [String]

  public init(id: String, groups: [String]) {
    self.id = id
    self.groups = groups
  }

  static let type = CELType.object(["id": .string, "groups": .list(.string)])
}

/// Reads `conflicts`.
struct ConflictsReader {
  let expressions: ExpressionReader
  let sentences: SentenceReader
  let variables: [String: CELType]

  func read(_ root: Section) -> [Conflict] {
    var ids: [String] = []
    return root.sections("conflicts", atMost: 20).compactMap { section in
      defer { section.finish() }
      let id = section.text("id", required: "name it, such as own_access", longest: 60)
      if let id, !isName(id.text) || ids.contains(id.text) {
        section.mistakes.add(id, "an id of its own of letters, digits and _ expected", "write one such as own_access")
      }
      if let id { ids.append(id.text) }
      let text = section.text("when", required: "write a condition such as approver.id == item.person", longest: 1_000)
      let when = expressions.compile(text, variables)
      if let when, let text, !when.reads.contains(where: { $0.hasPrefix("approver.") }) {
        section.mistakes.add(text, "a condition over the approver expected", "read approver.id or approver.groups")
      }
      let because = sentences.read(section, of: when, variables)
      guard let id, let when, let because else { return nil }
      return Conflict(id: id.text, when: when, because: because)
    }
  }
}

extension Bundle {
  /// Why this person may not decide this case; nil where nothing speaks against it. A condition that cannot be judged does.
  public func conflict(of approver: Approver, in facts: CaseFacts) -> (id: String, because: String)? {
    guard !logic.conflicts.isEmpty else { return nil }
    let trial = Trial(self, facts)
    trial.scope.approver = ["id": .string(approver.id), "groups": .list(approver.groups.map { .string($0) })]
    for conflict in logic.conflicts {
      switch conflict.when.answer(in: trial.scope) {
      case .no: continue
      case .yes: return (conflict.id, conflict.because.render(in: trial.scope))
      case .fault(let why): return (conflict.id, "\(conflict.id) could not be judged: \(visible(why))")
      }
    }
    return nil
  }
}
