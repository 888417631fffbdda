import Wire

extension GateAnswered {
  /// What policy's record means for who waits at the gate. Nil for records that mean nothing to it.
  ///
  /// - Throws: where the body is not what its type promises.
  static func news(type: String, _ frame: Frame, now: Instant) throws(WireError) -> GateAnswered? {
    switch type {
    case PermitIssued.type:
      let issued = try PermitIssued(Fields(of: frame))
      return GateAnswered(change: .permitted, permit: issued.permit, action: issued.action, at: now)
    case PermitRevoked.type: return GateAnswered(change: .revoked, at: now)
    case CaseEnded.type:
      let ended = try CaseEnded(Fields(of: frame))
      return GateAnswered(
        change: .ended, outcome: ended.outcome, code: ended.code, reason: ended.reason, result: ended.result, at: now)
    default: return nil
    }
  }
}
