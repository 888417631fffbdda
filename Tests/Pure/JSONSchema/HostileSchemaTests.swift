import JSON
import JSONSchema
import Testing

@Suite("Hostile schemas and instances") struct HostileSchemaTests {
  @Test("a schema nested too deep is refused") func deepSchema() throws {
    let text = { String(repeating: #"{"not":"#, count: $0) + "true" + String(repeating: "}", count: $0) }
    #expect(try schema(text(200)).accepts(1))
    #expect(try schemaError(text(400)).expected.contains("nested"))
  }

  @Test("an instance that recursion follows too deep does not fit, also under not") func deepInstance() throws {
    let tree = try schema(##"{"items":{"$ref":"#/$defs/t"},"$defs":{"t":{"items":{"$ref":"#/$defs/t"}}}}"##)
    let nested = { try json(String(repeating: "[", count: $0) + String(repeating: "]", count: $0)) }
    #expect(try tree.accepts(nested(100)))
    #expect(try !tree.accepts(nested(400)))
    #expect(try tree.validate(nested(400)).count == 1)
    let inverted = try schema(
      ##"{"not":{"$ref":"#/$defs/t"},"$defs":{"t":{"items":{"$ref":"#/$defs/t"},"minItems":1}}}"##)
    #expect(try inverted.accepts(nested(100)))
    #expect(try !inverted.accepts(nested(400)))
  }

  @Test("a dynamic reference to itself ends") func dynamicLoop() throws {
    let loop = try schema(##"{"$dynamicAnchor":"a","$dynamicRef":"#a"}"##)
    #expect(!loop.accepts(1))
    #expect(loop.validate(1).count == 1)
  }

  @Test("branches that double at every step end in bounded time", .timeLimit(.minutes(1))) func doubling() throws {
    let steps = (0..<60).map {
      ##""d\##($0)":{"allOf":[{"$ref":"#/$defs/d\##($0 + 1)"},{"$ref":"#/$defs/d\##($0 + 1)"}]}"##
    }
    let text = ##"{"$ref":"#/$defs/d0","$defs":{\##(steps.joined(separator: ",")),"d60":{}}}"##
    let doubling = try schema(text)
    #expect(!doubling.accepts(1))
  }

  @Test("large instances take time in proportion", .timeLimit(.minutes(1))) func large() throws {
    let items = JSON.array((0..<100_000).map { ["id": .integer($0), "name": "x"] })
    let list = try schema(
      #"{"uniqueItems":true,"items":{"required":["id"],"properties":{"id":{"type":"integer"}},"#
        + #""additionalProperties":{"type":"string"}}}"#
    )
    #expect(list.accepts(items))
  }

  @Test("many choices times many items end in bounded time", .timeLimit(.minutes(1))) func choices() throws {
    let values = (0..<20_000).map(String.init).joined(separator: ",")
    let choice = try schema(#"{"items":{"enum":[\#(values)]}}"#)
    #expect(!choice.accepts(.array(Array(repeating: 19_999, count: 20_000))))
    #expect(choice.accepts(.array(Array(repeating: 19_999, count: 100))))
  }

  @Test("a pattern that stalls backtracking engines is quick", .timeLimit(.minutes(1))) func backtracking() throws {
    let pattern = try schema(#"{"pattern":"^(a+)+$"}"#)
    #expect(!pattern.accepts(.string(String(repeating: "a", count: 100_000) + "b")))
  }

  @Test("one schema serves many threads") func threads() async throws {
    let shared = try schema(#"{"type":"object","properties":{"a":{"pattern":"^x+$"}},"required":["a"]}"#)
    await withTaskGroup(of: Bool.self) { group in
      for number in 0..<200 {
        group.addTask { shared.accepts(["a": .string(number % 2 == 0 ? "xxx" : "y")]) == (number % 2 == 0) }
      }
      for await isRight in group { #expect(isRight) }
    }
  }
}
