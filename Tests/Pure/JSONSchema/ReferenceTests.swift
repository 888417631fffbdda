import JSON
import JSONSchema
import Testing

@Suite("References between schemas") struct ReferenceTests {
  @Test(
    "relative references start at $id, dot segments go",
    arguments: [
      "b.json", "./b.json", "../x/b.json", "/x/b.json", "//example.com/x/b.json", "y/../b.json", "b.json#",
      "b.json#/$defs/%61", "b.json#here",
    ])
  func relative(reference: String) throws {
    let remote = #"{"$anchor":"here","type":"string","$defs":{"a":{"type":"string"}}}"#
    let schema = try schema(
      #"{"$id":"https://example.com/x/a.json","$ref":"\#(reference)"}"#,
      remotes: ["https://example.com/x/b.json": remote])
    #expect(schema.accepts("x"))
    #expect(!schema.accepts(1))
  }

  @Test("a document is asked for once, by URI without fragment") func fetching() throws {
    var asked: [String] = []
    let schema = try Schema(
      compiling: json(
        #"{"allOf":[{"$ref":"https://example.com/a#/$defs/x"},{"$ref":"https://example.com/a#/$defs/y"}]}"#)
    ) { uri in
      asked.append(uri)
      return try? json(#"{"$defs":{"x":{"type":"string"},"y":{"minLength":2}}}"#)
    }
    #expect(asked == ["https://example.com/a"])
    #expect(schema.validate("x").map(\.schemaPointer) == ["https://example.com/a#/$defs/y/minLength"])
  }

  @Test("documents that refer to each other") func mutual() throws {
    let remotes = [
      "https://example.com/a": #"{"properties":{"b":{"$ref":"b"}},"required":["n"]}"#,
      "https://example.com/b": #"{"properties":{"a":{"$ref":"a"}},"required":["m"]}"#,
    ]
    let schema = try schema(#"{"$ref":"https://example.com/a"}"#, remotes: remotes)
    #expect(schema.accepts(["n": 1, "b": ["m": 1, "a": ["n": 1]]]))
    #expect(schema.validate(["n": 1, "b": ["m": 1, "a": ["b": [:]]]]).map(\.pointer) == ["/b/a", "/b/a/b"])
  }

  @Test("the draft's meta-schema checks schemas") func metaSchema() throws {
    let meta = try schema(#"{"$ref":"https://json-schema.org/draft/2020-12/schema"}"#)
    #expect(meta.accepts(["type": "string", "properties": ["a": ["minLength": 1]]]))
    #expect(!meta.accepts(["properties": ["a": ["items": ["minLength": -1]]]]))
  }

  @Test("a property of a subschema that says $id in data is no identifier") func data() throws {
    #expect(try schema(#"{"properties":{"$id":{"type":"string"}},"enum":[{"$id":"x"}]}"#).accepts(["$id": "x"]))
  }
}
