import JSON
import Lanes
import Vault
import Wire

extension Door {
  /// The new case of an ended one: the same item under a name of its own, through the same checks as any. Once for each kind, whoever asks again is
  /// answered with the first one's case.
  func takeUp(_ ended: EndedCase, _ data: JSON, _ reopens: Reopens, record: String, _ context: inout Reading) -> IntakeEvent {
    let item = "\(reopens.kind.rawValue)/\(ended.caseID)"
    let envelope: Envelope
    do throws(Rejection) {
      envelope = try Envelope(
        type: Envelope.Kind.submitted.rawValue, workflow: ended.admitted.workflow, source: ended.admitted.source, item: item, time: nil, data: data,
        payload: data.canonical[...])
    } catch { return .refuse(error, record: record) }
    guard case .admit(let admission) = judge(envelope, record: record, .again, &context) else {
      return .refuse(Rejection(.schemaViolation, at: "/data", expected: "an item that is still valid", found: "one that the workflow takes no more"), record: record)
    }
    var body = admission.body
    body.reopens = reopens
    // What the item keeps private is hidden where it is said again, by tokens that people of the new case can name.
    if let sealed = body.sealed, let values = try? sealer.open(sealed, caseID: admission.caseID) {
      body.reopens?.words = KnownValues(values).hide(in: .string(reopens.words)).string ?? ""
    }
    return .admit(Admission(caseID: admission.caseID, body: body, claim: admission.claim, record: record))
  }
}
