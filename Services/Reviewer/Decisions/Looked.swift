import JSON
import Wire

/// What came of looking at a case's sources again, on behalf of a decision.
struct Looked: Sendable, Equatable {
  /// What was to be compared, so that it is not taken for a look at another version.
  let view: String
  /// Nil where model-adapter gave no answer: then nobody can say anything of any of them.
  let sources: [LookedAt]?

  func named(_ state: LookedAt.State) -> [LookedAt] { (sources ?? []).filter { $0.state == state } }
}

/// The question to model-adapter: which sources, and what was shown of each.
struct LookNeeded: Sendable, Equatable {
  let view: String
  /// The body of `POST /v1/look`.
  let body: JSON

  /// The status by which the step says to its own edge that it wants a look first. No client ever sees it.
  static let status = 428

  /// Nil where there is nothing to look at: nobody waits for what is decided, nothing was fetched, or it changes by itself.
  init?(_ caseID: String, _ task: ReviewTask) {
    guard !task.isBare, task.request["route"]?.string != "auto" else { return nil }
    let known = (task.request["sources"]?.array ?? []).compactMap { source -> (String, JSON)? in
      guard let name = source["name"]?.string, source["look_again"]?.bool != false else { return nil }
      return (name, LookedAt.mark(of: source))
    }
    guard !known.isEmpty else { return nil }
    view = task.view
    body = [
      "case": .string(caseID), "workflow": .string(task.workflow), "data": task.request["data"] ?? .null,
      "sources": .object(JSONObject(known)),
    ]
  }

  /// Of the step's answer.
  init?(_ answer: DeskAnswer) {
    guard answer.status == Self.status, let view = answer.body["view"]?.string, let body = answer.body["look"] else { return nil }
    (self.view, self.body) = (view, body)
  }

  var answer: DeskAnswer { DeskAnswer(Self.status, ["code": "look.needed", "view": .string(view), "look": body]) }
}
