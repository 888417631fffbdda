import JSON
import JSONSchema
import Testing

@Suite("Marks by x-… keywords") struct MarkTests {
  private func marks(_ text: String, _ instance: String) throws -> [String] {
    let (violations, marks) = try schema(text).validate(json(instance), collecting: ["x-personal", "x-secret"])
    #expect(violations == [])
    return marks.map { "\($0.pointer) \($0.keyword)=\($0.value.text)" }.sorted()
  }

  @Test("values come with pointer, keyword and what it says") func plain() throws {
    let text = #"""
      {"properties": {"mail": {"type": "string", "x-personal": "e-mail"}, "key": {"x-secret": true, "x-other": 1},
       "people": {"items": {"properties": {"a/b": {"x-personal": {"kind": "name"}}}}}}}
      """#
    #expect(
      try marks(text, #"{"mail":"a@b","key":1,"people":[{"a/b":"x"},{},{"a/b":"y"}]}"#) == [
        "/key x-secret=true", "/mail x-personal=\"e-mail\"", "/people/0/a~1b x-personal={\"kind\":\"name\"}",
        "/people/2/a~1b x-personal={\"kind\":\"name\"}",
      ])
    #expect(try marks(text, "{}") == [])
  }

  @Test("only the branches that apply count") func branches() throws {
    let text = #"""
      {"anyOf": [{"properties": {"v": {"type": "string", "x-personal": "text"}}, "required": ["v"]},
                 {"properties": {"v": {"type": "integer", "x-personal": "number"}}, "required": ["v"]},
                 {"properties": {"v": {"minLength": 1, "x-secret": 1}}, "required": ["v"]}],
       "if": {"properties": {"v": {"const": "x", "x-personal": "if"}}},
       "then": {"properties": {"v": {"x-personal": "then"}}}, "else": {"properties": {"v": {"x-personal": "else"}}},
       "not": {"properties": {"v": {"type": "null", "x-personal": "not"}}}}
      """#
    #expect(
      try marks(text, #"{"v":"x"}"#) == [
        #"/v x-personal="if""#, #"/v x-personal="text""#, #"/v x-personal="then""#, "/v x-secret=1",
      ])
    #expect(try marks(text, #"{"v":"y"}"#) == [#"/v x-personal="else""#, #"/v x-personal="text""#, "/v x-secret=1"])
    #expect(try marks(text, #"{"v":7}"#) == [#"/v x-personal="else""#, #"/v x-personal="number""#, "/v x-secret=1"])
  }

  @Test("every item that fits contains is marked, also past the first") func contains() throws {
    #expect(
      try marks(#"{"contains":{"type":"string","x-personal":1}}"#, #"["a",1,"b"]"#) == [
        "/0 x-personal=1", "/2 x-personal=1",
      ])
  }

  @Test("references carry marks, and a mark reached twice comes once") func references() throws {
    let text = ##"""
      {"$ref": "#/$defs/tree", "allOf": [{"$ref": "#/$defs/tree"}],
       "$defs": {"tree": {"properties": {"name": {"x-personal": "name"},
                                         "children": {"items": {"$ref": "#/$defs/tree"}}}}}}
      """##
    #expect(
      try marks(text, #"{"name":"a","children":[{"name":"b"}]}"#) == [
        #"/children/0/name x-personal="name""#, #"/name x-personal="name""#,
      ])
  }

  @Test("fields whose names only look alike are marked both") func equivalentKeys() throws {
    let found = try schema(#"{"additionalProperties":{"x-personal":1}}"#)
      .validate(json(#"{"\u00e9":1,"e\u0301":2}"#), collecting: ["x-personal"]).marks
    #expect(found.count == 2)
  }

  @Test("the pointer is whole, however long, and finds the value") func longPointers() throws {
    let key = String(repeating: "~/é", count: 200)
    let instance: JSON = .object(JSONObject([(key, "value")]))
    let found = try schema(#"{"additionalProperties":{"x-secret":1}}"#).validate(instance, collecting: ["x-secret"])
      .marks
    #expect(found.count == 1)
    #expect(instance.at(pointer: found.first?.pointer ?? "none") == "value")
  }

  @Test("none of an invalid instance, none that were not asked for") func none() throws {
    let marked = try schema(#"{"properties":{"a":{"x-personal":1}},"required":["b"]}"#)
    #expect(marked.validate(["a": 1], collecting: ["x-personal"]).marks == [])
    #expect(marked.validate(["a": 1, "b": 1], collecting: ["x-secret"]).marks == [])
    #expect(marked.validate(["a": 1, "b": 1], collecting: []).marks == [])
    #expect(marked.validate(["a": 1, "b": 1], collecting: ["x-personal"]).marks.count == 1)
  }
}
