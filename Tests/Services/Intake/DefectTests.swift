import JSON
import Lanes
import Testing
import Wire

@testable import countersign_intake

@Suite("Defects that are found afterwards") struct DefectTests {
  private func defect(_ id: String, _ data: JSON = ["kind": "complaint", "words": "It was wrong", "by": "P-ada"]) -> [UInt8] {
    Fixture.item(id, data, type: "countersign.item.defect.v1")
  }

  private func defects(_ rig: Rig) throws -> [(key: String, body: CaseDefect)] {
    try rig.records(.cases).compactMap { if case .defect(let body, let key) = $0 { (key, body) } else { nil } }
  }

  @Test("are told of their case, over partitions, without its private values") func known() throws {
    let rig = try Rig()
    try rig.put(Fixture.item("d-1", Fixture.ticket(customer: ["email": "a@example.org"])))
    try rig.run()
    let caseID = try #require(try rig.admitted.first?.caseID)
    try rig.put(defect("d-1", ["kind": "reversal", "words": "Sent to a@example.org by mistake"]), partition: 3)
    try rig.run()
    let found = try #require(try defects(rig).first)
    #expect(found.key == caseID && found.body.kind == .reversal && found.body.source == "support-desk" && found.body.item == "d-1")
    #expect(found.body.words?.contains("a@example.org") == false && found.body.words?.contains("tok_") == true)
    #expect(try rig.states()[caseID] != nil, "what the vault holds is not lost over it")
    try rig.checkFold()
    try rig.restart(on: rig.fresh)
    try rig.checkFold()
  }

  @Test("of what did not come are refused") func unknown() throws {
    let rig = try Rig()
    try rig.put(defect("d-2"))
    try rig.run()
    #expect(try defects(rig).isEmpty)
    #expect(try rig.replies.map(\.code) == ["defect.unknown"])
    try rig.checkFold()
  }

  static let malformed: [(String, JSON)] = [
    ("/data", ["kind": "complaint", "more": 1]), ("/data", []), ("/data/kind", ["words": "x"]), ("/data/kind", ["kind": "nonsense"]),
    ("/data/words", ["kind": "dispute", "words": ""]),
    ("/data/words", ["kind": "dispute", "words": .string(String(repeating: "x", count: 4_001))]),
    ("/data/by", ["kind": "finding", "by": .string(String(repeating: "x", count: 121))]),
  ]

  @Test("are well-formed or refused, each mistake at its place", arguments: malformed)
  func refused(pointer: String, data: JSON) throws {
    let rejection = try Fixture.rejection(Fixture.message(defect("d-3", data)))
    #expect(rejection?.code == .schemaViolation && rejection?.violations.map(\.pointer) == [pointer])
  }
}
