import JSON
import Lanes
import Wire

extension Desk {
  /// Tries in a row, over about an hour, before another channel takes over.
  static let mostAttempts = 16

  /// The time of a try that failed is over.
  func retry(_ id: String) -> [DeskOutput] { [noted(id, "queued", [])] }

  /// What came of sending a notice. Where it could not be delivered its channel's fallback takes over; where there is none
  /// the task does not wait for its time to move on.
  func delivered(_ id: String, _ delivery: Delivery?, _ state: ReviewTask) -> [DeskOutput] {
    guard let notice = state.notices.first(where: { $0.id == id }) else { return [] }
    switch delivery {
    case .sent(let status): return [noted(id, "sent", [("status", .integer(Int64(status)))])]
    case .superseded: return [noted(id, "superseded", [])]
    case .failed(let reason, let after) where notice.attempts + 1 < Desk.mostAttempts:
      let own = Double(1 << min(notice.attempts, 9)) * (0.75 + Double(key.utf8.last ?? 0) / 512)
      // Never sooner than the receiver asks, and never later than five minutes, whatever it asks.
      let seconds = min(300, max(own, after?.isFinite == true ? after ?? 0 : 0))
      return [noted(id, "failed", [("reason", .string(reason)), ("retry", .integer(now.adding(seconds: story(seconds)).microseconds))])]
    case .failed(let reason, _), .refused(let reason): return given(up: notice, reason, state)
    case nil: return given(up: notice, "nobody can say whether it was sent", state)
    }
  }

  private func given(up notice: Notice, _ reason: String, _ state: ReviewTask) -> [DeskOutput] {
    let instead = decider.channels[notice.channel]?.fallback
    var outputs = [noted(notice.id, "given_up", [("reason", .string(reason)), ("instead", instead.map { .string($0) })])]
    if instead == nil, notice.act == .raised, let task, task.settling == nil, task.tier < task.rungs.count {
      outputs += climb(task, now, why: "unreached")
    }
    return outputs
  }

  private func noted(_ id: String, _ state: String, _ members: [(String, JSON?)]) -> DeskOutput {
    event(.notified, [("notice", .string(id)), ("state", .string(state))] + members)
  }
}
