import Foundation
import Testing

@testable import countersign

/// `countersign trace`.
@Suite struct TraceTreeTests {
  private func line(_ service: String, _ spans: String...) -> [UInt8] {
    Array(
      #"{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"\#(service)"}}]},"scopeSpans":[{"scope":{"name":"countersign"},"spans":[\#(spans.joined(separator: ","))]}]}]}"#
        .utf8)
  }

  private func span(_ id: String, _ parent: String?, _ name: String, _ start: Int, case caseID: String = "c-1")
    -> String
  {
    let above = parent.map { #""parentSpanId":"\#($0)","# } ?? ""
    return
      #"{"traceId":"t","spanId":"\#(id)",\#(above)"name":"\#(name)","startTimeUnixNano":"\#(start)000000","endTimeUnixNano":"\#(start + 2)000000","attributes":[{"key":"countersign.case","value":{"stringValue":"\#(caseID)"}}]}"#
  }

  @Test func spansStandBelowTheirParentsInOrderOfTime() {
    var tree = TraceTree(case: "c-1")
    tree.take(line: line("policy", span("b", "a", "model.requested", 110), span("x", nil, "other", 1, case: "c-2")))
    tree.take(line: line("intake", span("r", nil, "case", 100), span("a", "r", "case.admitted", 100)))
    tree.take(line: line("reviewer", span("d", "missing", "decision.made", 400)))
    #expect(tree.services == ["intake", "policy", "reviewer"])
    #expect(
      tree.lines.map { $0.components(separatedBy: " ms").last } == [
        "  intake: case", "    intake: case.admitted", "      policy: model.requested", "  reviewer: decision.made",
      ])
  }

  @Test(arguments: ["", "{", "[]", #"{"resourceSpans":5}"#, #"{"resourceSpans":[{"scopeSpans":[{"spans":[{}]}]}]}"#])
  func whatIsNoTraceIsLeftOut(text: String) {
    var tree = TraceTree(case: "c-1")
    tree.take(line: Array(text.utf8))
    #expect(tree.spans.isEmpty)
  }

  @Test func parentsInACircleEndNowhereAndNotInALoop() {
    var tree = TraceTree(case: "c-1")
    tree.take(line: line("policy", span("a", "b", "one", 1), span("b", "a", "two", 2), span("c", "c", "three", 3)))
    #expect(tree.lines.count == 3)
  }
}
