import JSON
import Lanes
import Testing
import Wire

@testable import countersign_intake

@Suite("Answers to reviewers' questions") struct AnswerTests {
  static let question = String(repeating: "a", count: 32)

  private func answer(_ id: String, _ data: JSON = ["question": .string(question), "words": "Number 7", "by": "P-ada"]) -> [UInt8] {
    Fixture.item(id, data, type: "countersign.item.answer.v1")
  }

  private func answers(_ rig: Rig) throws -> [(key: String, body: CaseAnswered)] {
    try rig.records(.cases).compactMap { if case .answered(let body, let key) = $0 { (key, body) } else { nil } }
  }

  @Test("go on to their case, over partitions, without its private values") func known() throws {
    let rig = try Rig()
    try rig.put(Fixture.item("a-1", Fixture.ticket(customer: ["email": "a@example.org"])))
    try rig.run()
    let caseID = try #require(try rig.admitted.first?.caseID)
    let data: JSON = ["question": .string(Self.question), "words": "Write to a@example.org, please", "by": "P-ada"]
    try rig.put(answer("a-1", data), partition: 3)
    try rig.run()
    let found = try #require(try answers(rig).first)
    #expect(found.key == caseID && found.body.question == Self.question && found.body.by == "P-ada")
    #expect(!found.body.words.contains("a@example.org") && found.body.words.contains("tok_"), "\(found.body.words)")
    #expect(try rig.states()[caseID] != nil, "what the vault holds is not lost over it")
    try rig.checkFold()
    try rig.restart(on: rig.fresh)
    try rig.checkFold()
  }

  @Test("about what did not come are refused") func unknown() throws {
    let rig = try Rig()
    try rig.put(answer("a-2"))
    try rig.run()
    #expect(try answers(rig).isEmpty)
    #expect(try rig.replies.map(\.code) == ["answer.unknown"])
    try rig.checkFold()
  }

  static let malformed: [(String, JSON)] = [
    ("/data", ["question": "a", "more": 1]), ("/data", []), ("/data/question", ["question": "q-1", "words": "x"]),
    ("/data/words", ["question": .string(question), "words": ""]),
    ("/data/words", ["question": .string(question), "words": .string(String(repeating: "x", count: 4_001))]),
    ("/data/by", ["question": .string(question), "words": "x", "by": .string(String(repeating: "x", count: 121))]),
  ]

  @Test("are well-formed or refused, each mistake at its place", arguments: malformed)
  func refused(pointer: String, data: JSON) throws {
    let rejection = try Fixture.rejection(Fixture.message(answer("a-3", data)))
    #expect(rejection?.code == .schemaViolation && rejection?.violations.map(\.pointer) == [pointer])
  }
}
