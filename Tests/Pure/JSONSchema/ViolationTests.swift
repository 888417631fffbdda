import JSON
import JSONSchema
import Testing

@Suite("Violations of a schema") struct ViolationTests {
  private let order = #"""
    {"$id": "https://example.com/order", "type": "object", "required": ["id", "lines"], "additionalProperties": false,
     "properties": {
       "id": {"type": "string", "pattern": "^[A-Z]{3}-[0-9]+$", "maxLength": 10},
       "lines": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/line"}},
       "state": {"enum": ["open", "closed"]}},
     "$defs": {"line": {"type": "object", "required": ["price"],
       "properties": {"price": {"type": "integer", "minimum": 0}}}}}
    """#

  @Test("a valid instance has none") func valid() throws {
    let instance = try json(#"{"id":"ABC-1","lines":[{"price":0}],"state":"open"}"#)
    #expect(try schema(order).validate(instance) == [])
    #expect(try schema(order).accepts(instance))
  }

  @Test("all are told, each with its places") func all() throws {
    let instance = try json(
      #"{"id":"secret-value","lines":[{"price":-1},{},{"price":"secret"}],"state":"secret","x":1}"#)
    let found = try schema(order).validate(instance).map { "\($0.pointer) \($0.keyword) \($0.schemaPointer)" }
    let base = "https://example.com/order#"
    #expect(
      Set(found) == [
        "/id pattern \(base)/properties/id/pattern", "/id maxLength \(base)/properties/id/maxLength",
        "/lines/0/price minimum \(base)/$defs/line/properties/price/minimum",
        "/lines/1 required \(base)/$defs/line/required",
        "/lines/2/price type \(base)/$defs/line/properties/price/type", "/state enum \(base)/properties/state/enum",
        "/x additionalProperties \(base)/additionalProperties",
      ])
    #expect(found.count == 7)
    #expect(try !schema(order).accepts(instance))
  }

  @Test("they tell type and size, never the value") func noValues() throws {
    let instance = try json(#"{"id":"secret-value","lines":"secret","state":["secret"]}"#)
    let violations = try schema(order).validate(instance)
    #expect(violations.count == 4)
    for violation in violations { #expect(!"\(violation)".contains("secret")) }
    #expect(violations.first { $0.pointer == "/id" }?.found == "a string of 12 characters")
    #expect(violations.first { $0.pointer == "/state" }?.found == "an array of 1 items")
  }

  @Test("every missing member is one") func missing() throws {
    let found = try schema(#"{"required":["b","a","é","c"]}"#).validate(["b": 1])
    #expect(found.map(\.expected) == ["a member a", "a member c", "a member é"])
    #expect(found.allSatisfy { $0.pointer.isEmpty && $0.keyword == "required" })
  }

  @Test("there are no more than a bound") func bound() throws {
    let items = JSON.array(Array(repeating: "x", count: 50_000))
    let found = try schema(#"{"items":{"type":"integer"}}"#).validate(items)
    #expect(found.count == 1_000)
  }

  @Test("pointers and expectations are cut") func cut() throws {
    let key = String(repeating: "k", count: 5_000)
    let found = try schema(#"{"additionalProperties":{"const":"\#(key)"}}"#).validate(.object(JSONObject([(key, 1)])))
    #expect(found.count == 1)
    #expect(found.allSatisfy { $0.pointer.utf8.count <= 200 && $0.expected.utf8.count <= 200 })
  }

  @Test("keys that only look alike are not the same") func equivalentKeys() throws {
    let strict = try schema(
      #"{"properties":{"\u00e9":{"type":"integer"},"e\u0301":{"type":"string"}},"required":["\u00e9"]}"#)
    #expect(strict.accepts(try json(#"{"\u00e9":1,"e\u0301":"x"}"#)))
    #expect(!strict.accepts(try json(#"{"\u00e9":"x"}"#)))
    #expect(!strict.accepts(try json(#"{"e\u0301":"x"}"#)))
    #expect(!(try schema(#"{"enum":["\u00e9"]}"#).accepts("e\u{301}")))
    #expect(try schema(#"{"uniqueItems":true}"#).accepts(["\u{e9}", "e\u{301}"]))
  }

  @Test("numbers are compared exactly") func numbers() throws {
    #expect(try !schema(#"{"maximum":9007199254740992}"#).accepts(.integer(9_007_199_254_740_993)))
    #expect(try schema(#"{"exclusiveMaximum":9223372036854775808}"#).accepts(.integer(.max)))
    #expect(try schema(#"{"multipleOf":0.01}"#).accepts(.number(19.99)))
    #expect(try !schema(#"{"multipleOf":0.01}"#).accepts(.number(19.999)))
    #expect(try schema(#"{"multipleOf":1e-300}"#).accepts(.number(1e300)))
    #expect(try !schema(#"{"multipleOf":3}"#).accepts(.integer(.min)))
    #expect(try schema(#"{"type":"integer"}"#).accepts(.number(1e300)))
    #expect(try schema(#"{"uniqueItems":true}"#).accepts(.array((0..<2000).map { .integer($0) })))
    #expect(try !schema(#"{"uniqueItems":true}"#).accepts(.array((0..<2000).map { .integer($0) } + [.number(7)])))
  }
}
