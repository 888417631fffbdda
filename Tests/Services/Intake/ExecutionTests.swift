import JSON
import Lanes
import Permits
import Testing
import Wire

@testable import countersign_intake

@Suite("What executors answer") struct ExecutionTests {
  private let key: SigningKey
  private let decider: IntakeDecider

  init() throws {
    key = try SigningKey(seed: [UInt8](repeating: 5, count: 32))
    decider = try Fixture.decider(executor: key.verification)
  }

  private func answer(
    _ caseID: String, before: JSON?, after: JSON?, signed: JSON? = nil, _ changes: [(String, JSON?)] = [],
    key: SigningKey? = nil
  ) throws -> [UInt8] {
    var claims = JSONObject([
      ("iss", "demo-executor"), ("eff", "e1"), ("jti", "j1"), ("case", .string(caseID)), ("status", "executed"),
      ("reason", ""),
      ("iat", 1),
    ])
    claims["before_digest"] = before.map { .string(hex(sha256($0.canonical))) }
    claims["after_digest"] = after.map { .string(hex(sha256($0.canonical))) }
    for (name, value) in changes { claims[name] = value }
    let token = try (key ?? self.key).sign(.object(claims), type: ExecutorAnswer.type)
    var body = JSONObject([("answer", .string(token))])
    body["before"] = before
    body["after"] = signed ?? after
    return JSON.object(body).canonical
  }

  @Test("a verified answer goes into its case's lane, without the case's private values") func reported() throws {
    let rig = try Rig(decider)
    try rig.put(Fixture.item("e-1", Fixture.ticket(customer: ["name": "Dev Patel", "email": "dev@example.org"])))
    try rig.run()
    let admitted = try #require(try rig.admitted.first)
    let before: JSON = ["text": "none", "number": 5]
    let after: JSON = ["text": "Dear Dev Patel, we wrote to dev@example.org.", "to": ["dev@example.org"], "number": 5]
    for partition in [Int32(0), 1] {
      try rig.put(answer(admitted.caseID, before: before, after: after), topic: "executions", partition: partition)
    }
    try rig.run()
    let effects = try rig.records(.effects)
    #expect(effects.count == 2)
    for record in effects {
      guard case .reported(let effect, let caseID) = record else {
        Issue.record("another record")
        continue
      }
      #expect(
        caseID == admitted.caseID && effect.effect == "e1" && effect.status == .executed && effect.executor == key.id)
      let email = try #require(admitted.body.data["customer"]?["email"]?.string)
      let name = try #require(admitted.body.data["customer"]?["name"]?.string)
      #expect(
        effect.after == ["text": .string("Dear \(name), we wrote to \(email)."), "to": [.string(email)], "number": 5])
      #expect(effect.before == before)
      #expect(effect.afterDigest == hex(sha256(after.canonical)))
    }
    try rig.checkFold()
  }

  @Test("what is not signed, or not what was signed, is answered and goes no further") func refused() throws {
    var reading = Fixture.reading()
    let caseID = reading.makeCaseID()
    let state: JSON = ["a": 1]
    let foreign = try SigningKey(seed: [UInt8](repeating: 6, count: 32))
    let good = try answer(caseID, before: state, after: state)
    var tampered = good
    let mid = tampered.count / 2
    tampered[mid] = tampered[mid] == 0x41 ? 0x42 : 0x41
    let bodies: [([UInt8], Rejection.Code)] = [
      (try answer(caseID, before: state, after: state, key: foreign), .sourceUnknown),
      (try answer(caseID, before: state, after: state, signed: ["a": 2]), .digestMismatch),
      (try answer(caseID, before: state, after: state, [("after_digest", nil)]), .digestMismatch),
      (try answer("nonsense", before: state, after: state), .caseUnknown),
      (try answer("0198c0de-0000-4000-8000-000000000000", before: state, after: state), .caseUnknown),
      (try answer(caseID, before: nil, after: nil, [("status", "done")]), .schemaViolation),
      (try answer(caseID, before: nil, after: nil, [("eff", nil)]), .schemaViolation),
      (Array("{}".utf8), .schemaViolation), (Array("{".utf8), .notJSON), ([], .empty), (tampered, .sourceUnknown),
      (Array(#"{"answer":"a.b.c"}"#.utf8), .sourceUnknown),
    ]
    for (body, code) in bodies {
      let rejection = try Fixture.rejection(Fixture.message(body, topic: "executions"), decider)
      #expect(rejection?.code == code, "\(String(decoding: body, as: UTF8.self))")
    }
    #expect(try Fixture.rejection(Fixture.message(nil, topic: "executions"), decider)?.code == .tombstone)
  }

  @Test("a refusal of a permit whose claims nobody can trust still reaches its case") func refusalWithoutClaims() throws
  {
    var reading = Fixture.reading()
    let caseID = reading.makeCaseID()
    let body = try answer(
      caseID, before: nil, after: nil,
      [("status", "refused"), ("eff", .null), ("jti", .null), ("reason", "bad signature")])
    guard case .report(let report)? = try Fixture.event(Fixture.message(body, topic: "executions"), decider) else {
      Issue.record("not reported")
      return
    }
    #expect(
      report.status == .refused && report.effect.isEmpty && report.reason == "bad signature" && report.caseID == caseID)
  }
}
