import JSON
import Lanes
import Testing
import Vault
import Wire

@testable import countersign_intake

@Suite("Agents at the gate") struct GateTests {
  private func ask(_ rig: Rig, _ id: String, _ proposal: GateProposal) throws -> IntakeAnswer? {
    let data = Fixture.ticket(customer: ["email": "dev@example.org"])
    var envelope = try rig.decider.reader.structured(Fixture.item(id, data)[...])
    envelope.gate = proposal
    let door = rig.decider.door
    let ticket = rig.mailbox.submit(id: "http/\(id)") { [envelope] in
      door.judge(envelope, record: "http/\(id)", .http(source: "support-desk"), &$0)
    }
    try rig.run()
    return try ticket.result?.get()
  }

  private func action(_ summary: String) -> JSON {
    [
      "type": "ticket.summary.set", "target": "/tickets/T-1001", "method": "PUT", "path": "/tickets/T-1001/summary",
      "body": ["summary": .string(summary)],
    ]
  }

  private func gate(_ rig: Rig, _ caseID: String) throws -> JSON? {
    guard case .kept(let kept)? = try rig.states()[caseID] else { return nil }
    return kept.gate?.answer(caseID: caseID)
  }

  private func taken(_ answer: IntakeAnswer?) throws -> String {
    guard case .taken(let caseID)? = answer else {
      Issue.record("\(String(describing: answer))")
      return ""
    }
    return caseID
  }

  private func ended(_ caseID: String, _ outcome: String) -> CaseEnded {
    CaseEnded(
      caseID: caseID, workflow: "ticket-summary", outcome: outcome, code: "c", reason: "r", effect: nil, result: nil,
      ingested: Fixture.now)
  }

  @Test("a question waits, is allowed with the permit, and is forgotten a day after its outcome") func allowed() throws
  {
    let rig = try Rig()
    let proposed = GateProposal(output: nil, action: action("Write to dev@example.org."))
    let caseID = try taken(try ask(rig, "g-1", proposed))
    let body = try #require(try rig.admitted.first?.body)
    #expect(body.gate && body.sealed != nil)
    // The proposal says nothing that the item hides.
    let token = try #require(body.data["customer"]?["email"]?.string)
    #expect(body.proposal == ["action": action("Write to \(token).")])
    #expect(try gate(rig, caseID)?["status"] == "pending")
    try rig.say(.permits, PermitIssued(permit: "p1", action: ["a": 1], holders: [:]), caseID: caseID, number: 1)
    try rig.run()
    #expect(try gate(rig, caseID) == ["id": .string(caseID), "status": "allow", "permit": "p1", "action": ["a": 1]])
    try rig.say(.permits, PermitRevoked(permit: "p1", effect: "e", reason: "stopped"), caseID: caseID, number: 2)
    try rig.say(.permits, PermitIssued(permit: "p2", action: ["a": 1], holders: [:]), caseID: caseID, number: 3)
    try rig.say(.outcomes, ended(caseID, "executed"), caseID: caseID, number: 1)
    try rig.run()
    #expect(try gate(rig, caseID)?["permit"] == "p2")
    #expect(try gate(rig, caseID)?["outcome"] == "executed")
    #expect(try ask(rig, "g-1", proposed) == .repeated(caseID))
    try rig.checkFold()
    rig.clock.move(24 * 3600 + 60)
    try rig.run()
    #expect(try gate(rig, caseID) == nil)
    // The vault stays.
    #expect(try rig.states()[caseID] != nil)
    try rig.checkFold()
    let states = try rig.states()
    try rig.restart(on: rig.fresh)
    #expect(try rig.states() == states)
  }

  @Test("a rejected one is denied with the reason; items without a gate keep nothing") func denied() throws {
    let rig = try Rig()
    let caseID = try taken(try ask(rig, "g-1", GateProposal(output: nil, action: nil)))
    #expect(try rig.admitted.first?.body.proposal == nil)
    try rig.put(Fixture.item("g-2"))
    try rig.run()
    let plain = try #require(try rig.admitted.first { $0.body.item == "g-2" }?.caseID)
    try rig.say(.outcomes, ended(caseID, "rejected"), caseID: caseID, number: 1)
    try rig.say(
      .outcomes, ended(plain, "rejected"), caseID: plain,
      number: lane(of: plain, among: 4) == lane(of: caseID, among: 4) ? 2 : 1)
    try rig.run()
    #expect(
      try gate(rig, caseID) == [
        "id": .string(caseID), "status": "deny", "outcome": "rejected", "code": "c", "reason": "r",
      ])
    #expect(try Array(rig.states().keys) == [caseID])
    try rig.checkFold()
  }

  @Test("a proposal that its schema refuses is told at once") func badProposal() throws {
    let rig = try Rig()
    guard
      case .refused(let code, _, let violations)? = try ask(
        rig, "g-1", GateProposal(output: nil, action: ["type": "x"]))
    else {
      Issue.record("not refused")
      return
    }
    #expect(code == "schema.violation" && violations.allSatisfy { $0.pointer.hasPrefix("/action") })
    #expect(try rig.admitted.isEmpty)
  }

  @Test("a token may send only its own source's items") func foreignToken() throws {
    let rig = try Rig()
    let envelope = try rig.decider.reader.structured(Fixture.item("g-1")[...])
    var reading = Fixture.reading()
    guard
      case .refuse(let rejection, _) = rig.decider.door.judge(
        envelope, record: "http/1", .http(source: "erp"), &reading)
    else {
      Issue.record("not refused")
      return
    }
    #expect(rejection.code == .sourceForbidden)
    // Nothing is said in the name of the other source.
    #expect(rejection.reply(record: "http/1").key == "http/1")
  }
}
