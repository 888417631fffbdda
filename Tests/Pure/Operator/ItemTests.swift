import Foundation
import JSON
import Testing

@testable import countersign

/// What `countersign publish` reads.
@Suite struct ItemTests {
  private func items(_ text: String, ending: String = "json", source: String? = "desk") throws -> [Item] {
    let path = NSTemporaryDirectory() + "items-\(UUID().uuidString).\(ending)"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    return try ItemReader(workflow: "w", source: source).items(of: path)
  }

  @Test func oneItemAListAndLinesAreRead() throws {
    #expect(try items(#"{"id":"a","data":{}}"#).map(\.id) == ["a"])
    #expect(try items(#"[{"id":"a","data":{}},{"id":"b","data":{}}]"#).map(\.id) == ["a", "b"])
    #expect(try items("{\"id\":\"a\",\"data\":{}}\r\n\n{\"id\":\"b\",\"data\":{}}\n", ending: "jsonl").map(\.place.last) == ["1", "3"])
  }

  @Test func workflowAndSourceAreFilledInAndLabelsStayOut() throws {
    let own = try #require(try items(#"{"id":"a","data":{"n":1},"label":"spam"}"#).first)
    #expect(String(decoding: own.body, as: UTF8.self) == #"{"data":{"n":1},"id":"a","source":"desk","workflow":"w"}"#)
    let other = try #require(try items(#"{"id":"a","data":{},"workflow":"x","source":"y"}"#).first)
    #expect(String(decoding: other.body, as: UTF8.self) == #"{"data":{},"id":"a","source":"y","workflow":"x"}"#)
  }

  @Test func mistakesAreNamedByFileAndLine() {
    #expect(throws: OperatorError.self) { try items(#"{"id":"a"}"#) }
    #expect(throws: OperatorError.self) { try items(#"{"id":"a","data":{}}"#, source: nil) }
    #expect(throws: OperatorError.self) { try items("") }
    let error = #expect(throws: OperatorError.self) { try items("{\"id\":\"a\",\"data\":{}}\n{oops\n", ending: "jsonl") }
    #expect(error?.description.contains(".jsonl:2: ") == true)
  }
}
