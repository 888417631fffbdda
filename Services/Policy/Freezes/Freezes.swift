import Host
import Hummingbird
import JSON
import Lanes
import Storage
import Wire

/// Workflows of which nothing may be loosened, since a budget of theirs is spent. What is automatic stays so, at the thresholds that are in
/// force; tightening and stopping stay as free as ever.
struct Freezes: Sendable, Equatable {
  /// By workflow.
  let states: [String: BudgetState]

  static let none = Freezes([])

  init(_ states: [BudgetState]) { self.states = Dictionary(states.map { ($0.workflow, $0) }, uniquingKeysWith: { $1 }) }

  /// As all lanes have heard of them.
  init(_ store: any Store) throws {
    let states = try store.read { try $0.states(under: BudgetState.prefix) }
    self.init(try states.compactMap { try PolicyState(JSON.parse($0.body, limits: .stored)).frozen })
  }

  /// Why nothing of the workflow may be loosened, and for how long at least; nil where it may.
  func refusal(_ workflow: String) -> String? {
    states[workflow].map { state in
      let budgets = state.exhausted.count == 1 ? "its budget \(state.exhausted[0]) is spent" : "its budgets \(state.exhausted.joined(separator: ", ")) are spent"
      let end = state.until.map { "on \($0) at the earliest, if nothing more goes wrong" } ?? "when audit tells so; nobody can say when that is"
      return "\(workflow) is not ready: \(budgets) (\(state.because.joined(separator: "; "))). It may be loosened again \(end)"
    }
  }

  var json: JSON {
    .array(
      states.values.sorted { $0.workflow < $1.workflow }.map { state in
        [
          "workflow": .string(state.workflow), "state": .string(BudgetState.notReady), "exhausted": .array(state.exhausted.map { .string($0) }),
          "because": .array(state.because.map { .string($0) }), "until": state.until.map { .string($0) } ?? .null, "at": .string(state.at.description),
        ]
      })
  }
}

/// `GET /v1/freezes`: what may not be loosened now, and why. Anybody may know.
func addFreezeRoutes(_ router: Router<BasicRequestContext>, _ road: Road<PolicyDecider>) {
  router.get("/v1/freezes") { _, _ in jsonResponse(["freezes": try Freezes(road.store).json]) }
}
