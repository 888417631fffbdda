import Domain
import Lanes
import Permits
import Wire

extension PolicyStep {
  /// Why nothing of the case may go out by itself now; nil while its workflow runs.
  func stop(of state: OpenCase) -> Stop? {
    if let stop = switches.stop(of: state.workflow) { return stop }
    guard signing == nil else { return nil }
    return Stop(workflow: Stop.everything, reason: "no permit key is in force", by: Stop.guardian, at: now)
  }

  /// Its workflow was stopped or started again, or a key was revoked. While it is stopped a permit that is out is revoked
  /// (an executor that has begun answers for itself); what was held goes on.
  func sweep() throws -> [PolicyOutput] {
    guard let state else { return [.answer(false)] }
    guard stop(of: state) != nil else {
      if state.phase == .permitted, let permit = state.permit, !permit.revoked, switches.isRevoked(permit.key) {
        return try renew(state, permit)
      }
      guard state.isHeld else { return [.answer(false)] }
      return [.emit(.held(key, CaseHeld(held: false, reason: "\(state.workflow) was started again"))), .answer(true)]
    }
    guard state.phase == .permitted, let permit = state.permit, !permit.revoked else { return [.answer(false)] }
    return [.emit(.revoked(key, PermitRevoked(permit: permit.id, effect: permit.effect, reason: Stop.reason))), .answer(true)]
  }

  /// What a timer would do waits as long as the workflow is stopped.
  func hold(_ stop: Stop) -> [PolicyOutput] {
    [.emit(.held(key, CaseHeld(held: true, reason: "\(stop.reason) (\(stop.by))")))]
  }
}
