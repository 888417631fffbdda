import Domain
import Lanes
import Permits
import Wire

extension PolicyStep {
  /// A workflow was stopped: the permit that is out is revoked. An executor that has begun answers for itself.
  func withhold() -> [PolicyOutput] {
    guard let state, state.phase == .permitted, let permit = state.permit, !permit.revoked,
      decider.stops.stop(of: state.workflow) != nil
    else { return [.answer(false)] }
    return [revoke(permit), .answer(true)]
  }

  func revoke(_ permit: LivePermit) -> PolicyOutput {
    .emit(.revoked(key, PermitRevoked(permit: permit.id, effect: permit.effect, reason: Stop.reason)))
  }
}
