import Bundles
import Domain
import Wire

extension Verdict {
  /// An ended case is decided once more: by a person, whatever the machine thinks of it, and by another one than before.
  mutating func takeUp(_ reopens: Reopens) {
    route = max(route, .review)
    let why = reopens.kind == .appeal ? "an appeal" : "reopened"
    matches.insert(
      Match(
        rule: "reopened", gate: .context, code: .contextEdgeCase, route: .review,
        because: "\(why): a case that ended \(reopens.outcome.replacing("_", with: " ")) is decided once more, by other people", evidence: "item"), at: 0)
  }
}

extension OpenCase {
  /// What its outcome says of the case that it took up: what was done there stays done.
  var aftermath: String {
    guard let reopens, reopens.hadEffect else { return "" }
    return "; what was done in the case \(reopens.caseID) is not undone by this"
  }
}
