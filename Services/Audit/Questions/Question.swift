import JSON

/// What can be asked by name. Each is answered from rows that are found by a key, a page at a time.
enum Question: String, CaseIterable {
  case model, overridden, approvers, touched, effects, seen, state, cases
  case slowestTier = "slowest-tier"
  case delays

  struct Parameter {
    let name: String
    let text: String
    var isNeeded = false
  }

  var text: String {
    switch self {
    case .model: "Which model version and prompt produced this case, and under which bundle it was judged."
    case .overridden: "How many cases people overrode, by workflow, with the share and its interval; the last 7 days without from and to."
    case .slowestTier: "At which tier cases waited longest, by workflow; the last 7 days without from and to."
    case .delays: "For which reasons cases waited for people and how long, by workflow and the reason's class (staffing, unclear policy, ambiguity, model, evidence); the last 7 days without from and to."
    case .approvers: "Who decided cases like this one: the newest of its workflow with the same route, risk and one of its reasons."
    case .touched: "Everything that this person saw, claimed or decided, the newest case first."
    case .effects: "All effects under a bundle, the newest case first."
    case .seen: "What was shown to this person at that time, and before it, the latest first."
    case .state: "What was known of a case at an instant."
    case .cases: "The newest cases for which a free filter holds, as risk = high and (outcome = rejected or latency > 3600)."
    }
  }

  var parameters: [Parameter] {
    let id = Parameter(name: "case", text: "the case's id", isNeeded: true)
    let person = Parameter(name: "person", text: "ISSUER SUBJECT, as a case's story names people", isNeeded: true)
    let page = [
      Parameter(name: "after", text: "`next` of the page before"), Parameter(name: "limit", text: "how many, from 1 to 500; 50 without"),
    ]
    let time = [Parameter(name: "from", text: "the first day (UTC)"), Parameter(name: "to", text: "the last day (UTC)")]
    return switch self {
    case .model: [id]
    case .overridden, .slowestTier, .delays: time
    case .approvers: [id]
    case .touched: [person] + page
    case .effects: [Parameter(name: "bundle", text: "the bundle's hash", isNeeded: true)] + page
    case .seen: [person, Parameter(name: "at", text: "a time, as 2026-11-24T14:03:00Z; now without")] + page
    case .cases: [Parameter(name: "where", text: "the filter; deploy/docs/questions.md has its grammar", isNeeded: true)] + page
    case .state: [id, Parameter(name: "at", text: "a time, as 2026-11-24T14:03:00Z", isNeeded: true)]
    }
  }

  var json: JSON {
    [
      "name": .string(rawValue), "text": .string(text),
      "parameters": .array(
        parameters.map { ["name": .string($0.name), "text": .string($0.text), "needed": .bool($0.isNeeded)] }),
    ]
  }
}
