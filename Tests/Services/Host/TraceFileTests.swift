import Foundation
import JSON
import Messaging
import Testing
import Wire

@testable import Host
@testable import Lanes

/// Spans are made from records alone: what a service wrote and what it read tells one tree over all five.
@Suite struct TraceFileTests {
  static let caseID = "0191f3b2-1111-7abc-8def-0123456789ab"
  static let trace = "0191f3b211117abc8def0123456789ab"
  static let outside = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
  let start = Instant(microseconds: 1_800_000_000_000_000)

  private func frame(_ headers: [(String, String)]) -> [UInt8] {
    var writer = FrameWriter()
    writer.begin(key: Self.caseID.utf8, body: "{}".utf8)
    for (name, value) in headers { writer.header(name, value) }
    writer.end()
    return writer.bytes
  }

  private func record(_ type: String, topic: String, number: Int64, cause: String, trace: String = trace) -> [UInt8] {
    var span: [UInt8] = []
    Trace.append(Trace.span(topic: topic, lane: 1, epoch: 7, number: number), to: &span)
    return frame([
      ("ce_type", type), ("ce_subject", Self.caseID), ("ce_cause", cause),
      ("traceparent", "00-\(trace)-\(String(decoding: span, as: UTF8.self))-01"),
    ])
  }

  private func message(_ topic: String, _ offset: Int64, _ bytes: [UInt8]) -> Message {
    Message(source: TopicPartition(topic, 1), offset: offset, timestamp: 0, frame: Frame(bytes[...]))
  }

  private func file(_ service: Service, every: Int = 1, _ body: (TraceFile, String) throws -> Void) throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("trace-\(UUID().uuidString).jsonl").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try body(TraceFile(path, service, every: every, Metrics()), path)
  }

  private func batch(_ messages: [Message], _ records: [(String, [UInt8])]) -> TracedBatch {
    TracedBatch(
      messages: messages, records: records.map { (topic: $0.0, frames: $0.1) }, began: start,
      ended: start.adding(seconds: 0.004))
  }

  @Test func aCaseIsOneTreeOverTheServicesThatSawIt() throws {
    let admitted = record(CaseAdmitted.type, topic: "cases", number: 5, cause: "message:intake/1/40/0/0")
    let requested = record(ModelRequested.type, topic: "model.requests", number: 9, cause: "message:cases/1/4/7/5")
    let door = message("intake", 40, frame([("traceparent", Self.outside)]))
    var intake: [Span] = []
    var policy: [Span] = []
    var audit: [Span] = []
    try file(.intake) { trace, _ in intake = trace.spans(of: batch([door], [("cases", admitted)])) }
    try file(.policy) { trace, _ in
      policy = trace.spans(of: batch([message("cases", 4, admitted)], [("model.requests", requested)]))
    }
    try file(.audit) { trace, _ in
      audit = trace.spans(of: batch([message("cases", 4, admitted), message("model.requests", 8, requested)], []))
    }
    #expect(intake.map(\.name) == ["case", "case.admitted"])
    #expect(policy.map(\.name) == ["model.requested"])
    #expect(audit.map(\.name) == ["read case.admitted", "read model.requested"])
    #expect(Set((intake + policy + audit).map { String(decoding: $0.trace, as: UTF8.self) }) == [Self.trace])
    #expect(intake[0].parent == nil)
    #expect(intake[1].parent == intake[0].id)
    #expect(policy[0].parent == intake[1].id)
    #expect(audit.map(\.parent) == [intake[1].id, policy[0].id])
    #expect(Set((intake + policy + audit).map(\.id)).count == 5)
    #expect(intake[0].link.map { String(decoding: $0.trace, as: UTF8.self) } == "4bf92f3577b34da6a3ce929d0e0e4736")
    #expect(intake[0].link?.span == 0x00f0_67aa_0ba9_02b7)
  }

  @Test func whatNoRecordLedToHangsBelowTheCase() throws {
    try file(.reviewer) { trace, _ in
      let decided = record(DecisionMade.type, topic: "decisions", number: 3, cause: "command:0b1c")
      let spans = trace.spans(of: batch([], [("decisions", decided)]))
      #expect(spans.map(\.parent) == [0x8def_0123_4567_89ab])
    }
  }

  @Test func aLineIsOTLPInJSON() throws {
    try file(.policy) { trace, path in
      let requested = record(ModelRequested.type, topic: "model.requests", number: 9, cause: "message:cases/1/4/7/5")
      trace.committed(batch([], [("model.requests", requested)]))
      trace.finish()
      let line = try JSON.parse(Array(Data(contentsOf: URL(fileURLWithPath: path))).dropLast())
      let resource = try #require(line["resourceSpans"]?.array?.first)
      #expect(resource["resource"]?["attributes"]?.array?.first?["value"]?["stringValue"]?.string == "policy")
      let span = try #require(resource["scopeSpans"]?.array?.first?["spans"]?.array?.first)
      #expect(span["traceId"]?.string == Self.trace)
      #expect(span["startTimeUnixNano"]?.string == "1800000000000000000")
      #expect(span["endTimeUnixNano"]?.string == "1800000000004000000")
      #expect(span["kind"]?.integer == 4)
    }
  }

  @Test(arguments: [
    "", "00-\(trace)-00f067aa0ba902b7-00", "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
    "00-\(trace)-0000000000000000-01", "00-0191F3B211117ABC8DEF0123456789AB-00f067aa0ba902b7-01",
    "01-\(trace)-00f067aa0ba902b7-01", "00-\(trace)-00f067aa0ba902bé-1",
  ])
  func aTraceContextThatIsNoneOrNotToBeRecordedMakesNoSpan(header: String) throws {
    try file(.audit) { trace, _ in
      let bytes = frame([
        ("ce_type", CaseAdmitted.type), ("ce_subject", Self.caseID), ("ce_cause", "x"), ("traceparent", header),
      ])
      #expect(trace.spans(of: batch([], [("cases", bytes)])).isEmpty)
      #expect(trace.spans(of: batch([message("cases", 1, bytes)], [])).isEmpty)
    }
  }

  @Test func oneOfSoManyCasesIsTracedAndTheSameOnesByAll() throws {
    let requested = record(ModelRequested.type, topic: "model.requests", number: 9, cause: "message:cases/1/4/7/5")
    let other = record(
      ModelRequested.type, topic: "model.requests", number: 10, cause: "message:cases/1/5/7/6",
      trace: String(Self.trace.dropLast()) + "a")
    for service in Service.allCases {
      try file(service, every: 2) { trace, _ in
        #expect(trace.spans(of: batch([], [("model.requests", requested + other)])).count == 1)
      }
    }
  }

  @Test func whatOutsidersWriteAtTheDoorMakesNoSpanOfItsOwn() throws {
    try file(.intake) { trace, _ in
      let door = frame([("ce_type", "x"), ("ce_subject", Self.caseID), ("traceparent", Self.outside)])
      #expect(trace.spans(of: batch([message("intake", 2, door)], [])).isEmpty)
    }
  }
}
