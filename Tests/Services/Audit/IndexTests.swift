import Ledger
import Messaging
import Storage
import Testing
import Wire

@testable import countersign_audit

@Suite struct IndexTests {
  @Test func aCaseHasTheArticlesMinimumRecord() throws {
    let ledger = try TestLedger()
    var records = Records()
    try ledger.absorb(records.automaticCase(7))
    let row = try #require(try ledger.caseRow(Records.caseID(7)))
    #expect(row.records == 5)
    #expect(row.outcome == "advisory")
    #expect(row.facts[.workflow] == "ticket-summary")
    #expect(row.facts[.payloadHash] == "ab12")
    #expect(row.facts[.model] == "embedded-1")
    #expect(row.facts.values(.sources) == ["kb-1", "kb-2"])
    #expect(row.facts.values(.reasons) == ["confidence.sufficient"])
    #expect(row.opened < row.updated)
    #expect(row.ended == row.updated)
  }

  @Test func theFoldDoesNotDependOnOrderOrOnBatches() throws {
    var records = Records()
    var messages = records.automaticCase(1)
    messages.append(records.make(.verdicts, 1, type: DecisionJudged.type, subject: Records.caseID(1), at: Records.start.adding(seconds: 9),
      facts: [(.decision, "counted"), (.reviewer, "demo ana"), (.reasons, "ok")]))
    messages.append(records.make(.permits, 1, type: PermitIssued.type, subject: Records.caseID(1), facts: [(.permit, "none"), (.route, "review")]))
    var results: [CaseRow] = []
    var headers = RecordHeaders()
    for seed in 0..<40 {
      var generator = SplitMix64(seed: UInt64(seed))
      let shuffled = messages.shuffled(using: &generator)
      let cut = Int.random(in: 0...shuffled.count, using: &generator)
      var parts = [CaseRow(Records.caseID(1)), CaseRow(Records.caseID(1))]
      for (index, message) in shuffled.enumerated() {
        headers.read(FramePieces(message.frame).headers)
        parts[index < cut ? 0 : 1].fold(headers, topic: message.source.topic)
      }
      var merged = try CaseRow(parts[0].row)
      merged.merge(parts[1])
      results.append(try CaseRow(merged.row))
    }
    for result in results { #expect(result == results[0]) }
    #expect(results[0].facts[.route] == "auto")
    #expect(results[0].facts.values(.reasons) == ["confidence.sufficient", "ok"])
  }

  @Test func whatIsKnownIsNotForgottenForNone() throws {
    var facts = CaseFacts()
    let action = CaseFacts.index(of: .actionHash)
    facts.fold(action, Array("abc".utf8)[...], time: 1)
    facts.fold(action, Array("none".utf8)[...], time: 9)
    #expect(facts[.actionHash] == "abc")
  }

  @Test func hostileFactsNeitherTrapNorGrowWithoutBound() throws {
    var facts = CaseFacts()
    let reasons = CaseFacts.index(of: .reasons)
    for number in 0..<500 { facts.fold(reasons, Array("r\(number)".utf8)[...], time: 0) }
    facts.fold(reasons, [0, 255, 10][...], time: 0)
    facts.fold(CaseFacts.index(of: .model), [UInt8](repeating: 65, count: 5_000)[...], time: 0)
    #expect(facts.values(.reasons).count == CaseFacts.collectedLimit)
    #expect(facts[.model] == nil)
    let bytes = facts.bytes
    for count in 0..<bytes.count { _ = try? CaseFacts(Array(bytes.prefix(count))) }
    #expect(try CaseFacts(bytes) == facts)
  }

  @Test func aGivenUpLossIsCountedAndRepeatsAreNot() throws {
    let ledger = try TestLedger()
    var records = Records()
    let first = records.make(.cases, type: "t")
    let second = records.make(.cases, type: "t", skipping: 3)
    try ledger.absorb([first, second])
    try ledger.absorb([first, second])
    let stream = try #require(try ledger.stream(.cases))
    #expect(stream.number == 5)
    #expect(stream.gaps == 3)
    #expect(stream.late == 2)
    #expect(try ledger.extent()?.size == 2)
  }

  @Test func aHeadAheadOfWhatCameIsBehindAfterAMinuteOfSilence() throws {
    var stream = StreamRow(TopicPartition("decisions", 1))
    let minute: Int64 = 60_000_000
    let isFirst = stream.take(number: 1, epoch: 1, offset: 0, at: 0)
    #expect(isFirst)
    stream.expect(3, at: 10)
    #expect(!stream.isBehind(at: minute, patience: minute))
    #expect(stream.isBehind(at: minute + 10, patience: minute))
    // A later word does not start the wait anew; the records do end it.
    stream.expect(8, at: minute)
    #expect(stream.isBehind(at: minute + 10, patience: minute))
    _ = stream.take(number: 2, epoch: 1, offset: 1, at: minute)
    _ = stream.take(number: 3, epoch: 1, offset: 2, at: minute)
    #expect(!stream.isBehind(at: 10 * minute, patience: minute))
  }

  @Test func headsAreReadFromTheServicesOwnRecords() throws {
    let ledger = try TestLedger()
    var records = Records()
    let heads = records.make(
      Service.policy.heads, 2, type: "countersign.heads.v1", body: #"{"lane":2,"streams":{"verdicts":7,"governance":3,"nonsense":1}}"#)
    try ledger.absorb([heads, records.make(Service.policy.heads, 2, type: "countersign.heads.v1", body: "no json")])
    #expect(try ledger.stream(.verdicts, 2)?.head == 7)
    #expect(try ledger.stream(.governance, 2) == nil)
  }

  @Test func foreignRecordsAndRefusalsAreFound() throws {
    let ledger = try TestLedger()
    var records = Records()
    let dead = records.make(
      Service.policy.dead, type: "countersign.message.dead.v1", subject: Records.caseID(9), facts: [(.reasons, "foreign")],
      body: #"{"topic":"decisions","partition":1,"offset":44,"code":"foreign","reason":"without our seal"}"#)
    let refused = records.make(
      .verdicts, type: DecisionJudged.type, subject: Records.caseID(2), facts: [(.decision, "refused"), (.reasons, "signature")],
      body: #"{"reason":"the signature does not match"}"#)
    let permit = records.make(
      .effects, type: EffectReported.type, subject: Records.caseID(2), body: #"{"status":"refused","reason":"replayed"}"#)
    try ledger.absorb([dead, refused, permit] + records.automaticCase(1))
    let found = try ledger.store.read { try $0.query("SELECT kind, case_id, code, place, detail FROM security ORDER BY position", []) }
    #expect(found == [
      [.text("foreign"), .text(Records.caseID(9)), .text("foreign"), .text("decisions/1/44"), .text("without our seal")],
      [.text("decision.refused"), .text(Records.caseID(2)), .text("signature"), .text("verdicts/0/0"), .text("the signature does not match")],
      [.text("permit.refused"), .text(Records.caseID(2)), .text("refused"), .text("effects/0/0"), .text("replayed")],
    ])
    #expect(try ledger.stream(.decisions, 1)?.foreign == 1)
    // What an outsider wrote makes no case, but is told where there is one.
    #expect(try ledger.caseRow(Records.caseID(9)) == nil)
  }

  @Test func subjectsThatAreNoCasesAreNotIndexed() throws {
    let ledger = try TestLedger()
    var records = Records()
    try ledger.absorb([
      records.make(.replies, type: IntakeReply.type, subject: "erp/123"),
      records.make(.replies, type: IntakeReply.type, subject: "019AB000-0000-7000-8000-000000000001"),
      records.make(.replies, type: IntakeReply.type, subject: "019ab000-0000-4000-8000-000000000001"),
    ])
    #expect(try ledger.store.read { try $0.query("SELECT count(*) FROM entries", []) } == [[.integer(0)]])
    #expect(try ledger.extent()?.size == 3)
  }

  @Test func aCaseIsFoundByWhatItHasComeTo() throws {
    let ledger = try TestLedger()
    var records = Records()
    let (first, second) = (records.automaticCase(1), records.automaticCase(2))
    func found(_ labels: String..., before: String? = nil, from: String? = nil) throws -> [String] {
      try ledger.store.read { try CaseFilter(labels: labels, from: from, before: before).rows($0).map(\.id) }
    }
    let ids = [2, 1].map { Records.caseID($0) }
    try ledger.absorb(Array(first.prefix(3)) + second)
    #expect(try found() == ids)
    #expect(try found("outcome=open") == [ids[1]])
    #expect(try found("outcome=advisory", "workflow=ticket-summary") == [ids[0]])
    #expect(try found("route=auto") == [ids[0]])
    // What is remembered of open cases is lost with the process.
    ledger.restart()
    try ledger.absorb(Array(first.suffix(2)))
    #expect(try found("outcome=open") == [])
    #expect(try found("outcome=advisory", "route=auto", "workflow=ticket-summary") == ids)
    #expect(try found("route=auto", before: ids[0]) == [ids[1]])
    #expect(try found("route=auto", from: ids[0]) == [ids[0]])
    #expect(try found("route=auto", "workflow=invoice") == [])
  }

  @Test func labelsAreThoseOfTheRowsWhateverTheBatches() throws {
    for seed in 0..<20 {
      let ledger = try TestLedger()
      var records = Records()
      var generator = SplitMix64(seed: UInt64(seed))
      // In the order of each stream, cut anywhere, with a process that dies now and then.
      var rest = (1...12).flatMap { records.automaticCase($0) }[...]
      while !rest.isEmpty {
        let count = Int.random(in: 1...9, using: &generator)
        try ledger.absorb(Array(rest.prefix(count)))
        rest = rest.dropFirst(count)
        if Int.random(in: 0..<4, using: &generator) == 0 { ledger.restart() }
        let (rows, labels) = try ledger.store.read { transaction in
          (
            try CaseFilter().rows(transaction),
            try transaction.query("SELECT label, case_id FROM labels ORDER BY label, case_id", [])
          )
        }
        let wanted = rows.flatMap { row in row.labels.filter { !$0.isEmpty }.map { [$0, row.id] } }
          .sorted { $0.lexicographicallyPrecedes($1) }.map { pair -> Row in [.text(pair[0]), .text(pair[1])] }
        #expect(labels == wanted)
      }
    }
  }
}
