import JSON
import Permits
import Wire

/// What became of ended cases that say the same, where people decided all of them one way (demand 7, ruling 29): deciding otherwise wants words.
///
/// Only what the person may see counts, so that nobody learns of a case by being asked for words.
struct Precedent: Sendable, Equatable {
  let verb: Approval.Verb
  /// The newest first.
  let cases: [String]

  /// One case is a case, and two may be chance.
  static let fewest = 3

  /// Nil where there are too few, or they went different ways; an edit is a way of its own.
  init?(_ alike: [LikeCase]) {
    let decided = alike.filter { $0.state == .ended && $0.decision != nil }
    let verbs = Set(decided.compactMap { $0.decision?.verb })
    guard decided.count >= Self.fewest, verbs.count == 1, let verb = verbs.first.flatMap(Approval.Verb.init), verb == .approve || verb == .reject
    else { return nil }
    self.init(verb: verb, cases: decided.map(\.key))
  }

  init(verb: Approval.Verb, cases: [String]) { (self.verb, self.cases) = (verb, cases) }

  func isAgainst(_ other: Approval.Verb) -> Bool { (other == .approve || other == .reject) && other != verb }

  /// As people read it.
  var words: String { "All \(cases.count) cases that say the same and have ended were \(verb == .approve ? "approved" : "rejected")" }

  var json: JSON { ["verb": .string(verb.rawValue), "cases": .array(cases.map { .string($0) })] }
}
