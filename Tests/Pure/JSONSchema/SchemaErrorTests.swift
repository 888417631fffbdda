import JSON
import JSONSchema
import Testing

@Suite("Schemas that are refused") struct SchemaErrorTests {
  @Test(
    "a mistake is named by its place",
    arguments: [
      (#"{"properties":{"a":{"type":"strin"}}}"#, "#/properties/a/type"), (#"{"type":[]}"#, "#/type"),
      (#"{"type":5}"#, "#/type"), (#"{"minLength":-1}"#, "#/minLength"), (#"{"maxItems":1.5}"#, "#/maxItems"),
      (#"{"minimum":"1"}"#, "#/minimum"), (#"{"multipleOf":0}"#, "#/multipleOf"), (#"{"enum":1}"#, "#/enum"),
      (#"{"required":"a"}"#, "#/required"), (#"{"required":[1]}"#, "#/required"), (#"{"allOf":[]}"#, "#/allOf"),
      (#"{"allOf":{}}"#, "#/allOf"), (#"{"items":[{}]}"#, "#/items"), (#"{"properties":[]}"#, "#/properties"),
      (#"{"properties":{"a":1}}"#, "#/properties/a"), (#"{"uniqueItems":1}"#, "#/uniqueItems"),
      (#"{"pattern":1}"#, "#/pattern"),
      (#"{"$ref":5}"#, "#/$ref"), (#"{"dependentRequired":{"a":1}}"#, "#/dependentRequired"), ("[]", "#"), ("1", "#"),
      (#"{"$id":5}"#, "#/$id"), (#"{"$id":"a#b"}"#, "#/$id"), (#"{"$anchor":"1a"}"#, "#/$anchor"),
      (#"{"$defs":{"unused":{"type":"strin"}}}"#, "#/$defs/unused/type"),
      (#"{"$schema":"http://json-schema.org/draft-07/schema#"}"#, "#/$schema"),
      (#"{"$defs":{"a":{"$anchor":"x"},"b":{"$anchor":"x"}}}"#, "#/$defs/b/$anchor"),
    ])
  func mistakes(text: String, pointer: String) throws {
    let error = try schemaError(text)
    #expect(error.pointer == pointer)
    #expect(!error.expected.isEmpty && !error.remedy.isEmpty)
  }

  @Test(
    "references that lead nowhere",
    arguments: [
      "#/$defs/a", "#nowhere", "https://example.com/unknown", "#/%zz", "#/$defs/~2", "other.json",
    ])
  func nowhere(reference: String) throws {
    #expect(try schemaError(#"{"$ref":"\#(reference)"}"#).pointer == "#/$ref")
  }

  @Test(
    "references in a circle over the same value",
    arguments: [
      ##"{"$ref":"#"}"##, ##"{"$defs":{"a":{"$ref":"#/$defs/b"},"b":{"$ref":"#/$defs/a"}}}"##,
      ##"{"allOf":[{"$ref":"#"}]}"##,
      ##"{"not":{"anyOf":[{},{"$ref":"#"}]}}"##, ##"{"if":{},"then":{"$ref":"#"}}"##,
      ##"{"dependentSchemas":{"a":{"$ref":"#"}}}"##,
    ])
  func circles(text: String) throws {
    #expect(try schemaError(text).expected == "references that end")
  }

  @Test("a long chain of references is no circle") func chain() throws {
    let steps = (0..<20_000).map { ##""d\##($0)":{"$ref":"#/$defs/d\##($0 + 1)"}"## }.joined(separator: ",")
    let long = try schema(
      ##"{"$defs":{\##(steps),"d20000":{"type":"string"}},"properties":{"a":{"$ref":"#/$defs/d0"}}}"##)
    #expect(long.accepts([:]))
    #expect(long.validate(["a": "x"]).first?.found == "a longer one")
  }

  @Test(
    "patterns that no linear engine has",
    arguments: [
      "(?=a)", "(?!a)", "(?<=a)b", "(?<!a)b", #"(a)\1"#, #"(?<n>a)\k<n>"#, "[", "(", "a**", "[b-a]", #"\u12"#,
      #"\ud800"#, "(?<>a)", "(?i)a",
      #"\p{Nonsense}"#, #"\p{Script=Nonsense}"#, #"\a"#, "\\", #"\c1"#, "a{2000}", #"\u{110000}"#,
      "((a{100}){100}){100}",
    ])
  func patterns(pattern: String) throws {
    let text = JSON.object(JSONObject([("pattern", .string(pattern))])).text
    #expect(try schemaError(text).pointer == "#/pattern")
    let names = JSON.object(JSONObject([("patternProperties", .object(JSONObject([(pattern, true)])))])).text
    #expect(try schemaError(names).pointer == "#/patternProperties")
  }

  @Test("a format that nobody checks is refused where formats are asserted") func unknownFormat() throws {
    #expect(try schemaError(#"{"format":"phone"}"#, formats: .assert).pointer == "#/format")
    #expect(try schema(#"{"format":"phone"}"#).accepts("x"))
  }

  @Test("an unknown vocabulary that is required is refused") func vocabulary() throws {
    let meta = #"{"$id":"https://example.com/meta","$vocabulary":{"https://example.com/vocab":true}}"#
    let error = #expect(throws: SchemaError.self) {
      try schema(#"{"$schema":"https://example.com/meta"}"#, remotes: ["https://example.com/meta": meta])
    }
    #expect(error?.pointer == "#/$schema")
  }
}
