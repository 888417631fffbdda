import JSON
import JSONSchema
import Testing

@Suite("Batches of schema checks") struct SchemaBatchTests {
  private func answers(_ lines: [String]) throws -> [JSON] {
    var batch = SchemaBatch()
    return try lines.map { try JSON.parse(batch.answer(line: Array($0.utf8)[...])) }
  }

  @Test("a line for a line") func lines() throws {
    let answers = try answers([
      #"{"schema":{"type":"string"},"instance":"x"}"#, #"{"schema":{"type":"string"},"instance":1}"#,
      #"{"schema":{"type":"strin"},"instance":1}"#, "nonsense", #"{"schema":{}}"#, "",
      #"{"schema":{"type":"null"},"instance":null}"#,
    ])
    #expect(answers[0] == ["valid": true, "errors": []])
    #expect(answers[1]["valid"] == false)
    #expect(answers[1].at(pointer: "/errors/0/keyword") == "type")
    #expect(answers[1].at(pointer: "/errors/0/schemaPointer") == "#/type")
    #expect(answers[2]["error"]?.string?.contains("#/type") == true)
    #expect(answers[3]["error"]?.string?.contains("notJSON") == true)
    #expect(answers[4]["error"]?.string != nil)
    #expect(answers[5]["error"]?.string != nil)
    #expect(answers[6]["valid"] == true)
  }

  @Test("many schemas in one batch") func many() throws {
    let lines = (0..<1_000).map { #"{"schema":{"minimum":\#($0 % 600)},"instance":300}"# }
    let valid = try answers(lines).map { $0["valid"]?.bool }
    #expect(valid == (0..<1_000).map { $0 % 600 <= 300 })
  }

  @Test(
    "paths of remotes stay below their directory",
    arguments: [
      ("http://localhost:1234/draft2020-12/a.json", "draft2020-12/a.json"), ("http://localhost:1234/../x", nil),
      ("http://localhost:1234/a/../../x", nil), ("http://localhost:1234/", nil),
      ("http://localhost:1234//etc/passwd", nil),
      ("http://localhost:1234/a/./b", nil), ("https://example.com/a", nil), ("http://localhost:12345/a", nil),
      ("http://localhost:1234/a\0b", nil),
    ] as [(String, String?)])
  func remotePaths(uri: String, path: String?) {
    #expect(SchemaBatch.remotePath(of: uri) == path)
  }
}
