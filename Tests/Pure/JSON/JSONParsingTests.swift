import JSON
import Testing

@Suite("Parsing JSON") struct JSONParsingTests {
  private func parse(_ text: String, _ limits: JSONLimits = .default) throws(JSONError) -> JSON {
    try JSON.parse(text.utf8, limits: limits)
  }

  private func fault(_ text: String, _ limits: JSONLimits = .default) -> JSONError? {
    fault(Array(text.utf8), limits)
  }

  private func fault(_ bytes: [UInt8], _ limits: JSONLimits = .default) -> JSONError? {
    do throws(JSONError) {
      _ = try JSON.parse(bytes, limits: limits)
      return nil
    } catch {
      return error
    }
  }

  @Test("values of all kinds come back") func kinds() throws {
    let value = try parse(#" {"b": [1, -2.5, 1e3, true, false, null], "a": {"": "x\u0000\n\ud83d\udc32é"}} "#)
    #expect(value["b"] == [1, -2.5, 1000, true, false, .null])
    #expect(value["a"]?[""]?.string == "x\u{0}\n🐲é")
    #expect(value.object?.keys == ["a", "b"])
    #expect(try parse("5") == 5)
    #expect(try parse("[]") == [])
    #expect(try parse("{}") == [:])
    guard case .integer(0) = try parse("-0") else {
      Issue.record("-0 is a whole number")
      return
    }
  }

  @Test("a missing member is nil, a null is not") func missing() throws {
    let value = try parse(#"{"a":null}"#)
    #expect(value["a"]?.isNull == true)
    #expect(value["b"] == Optional<JSON>.none)
    #expect(value.object?["b"] == Optional<JSON>.none)
    #expect(JSON.integer(1)["a"] == Optional<JSON>.none)
  }

  @Test("slices, raw buffers and other collections parse alike") func sources() throws {
    let bytes = Array(#"xx{"a":1}yy"#.utf8)
    #expect(try JSON.parse(bytes[2..<9]) == ["a": 1])
    #expect(try JSON.parse(bytes[2..<9].reversed().reversed()) == ["a": 1])
    #expect(try bytes[2..<9].withUnsafeBytes { try JSON.parse($0) } == ["a": 1])
  }

  @Test("members come in canonical order, whatever their number and order") func order() throws {
    let keys = [
      "\u{20ac}", "\r", "\u{fb33}", "1", "\u{1f600}", "\u{80}", "\u{f6}", "prefix-longer-1", "prefix-longer-0",
    ]
    let text = "{" + keys.map { "\"\($0 == "\r" ? "\\r" : $0)\":0" }.joined(separator: ",") + "}"
    let expected = [
      "\r", "1", "prefix-longer-0", "prefix-longer-1", "\u{80}", "\u{f6}", "\u{20ac}", "\u{1f600}", "\u{fb33}",
    ]
    let found = try parse(text).object?.keys ?? []
    #expect(found.map { Array($0.utf8) } == expected.map { Array($0.utf8) })

    let many = (0..<3000).map { ($0 * 7919) % 3000 }
    let object = try parse("{" + many.map { "\"k\($0)\":\($0)" }.joined(separator: ",") + "}").object
    #expect(object?.count == 3000)
    for number in many { #expect(object?["k\(number)"] == .integer(Int64(number))) }
  }

  @Test(
    "what is not JSON says where and what was expected, and never quotes the text",
    arguments: [
      ("", nil, "a JSON value"), ("  ", "", "a JSON value"), ("{", "", "a key in quotation marks"),
      (#"{"a":{"b":[1,secret]}}"#, "/a/b/1", "a JSON value"), (#"{"a":1 "b"}"#, "", "',' or '}'"),
      (#"{"a":1}secret"#, "", "the end of the text"), (#"{"x":"secret"#, "/x", "the string's closing quotation mark"),
      ("[1,]", "/1", "a JSON value"), ("[01]", "", "',' or ']'"), ("[1.]", "/0", "a digit"), ("[-]", "/0", "a digit"),
      ("[+1]", "/0", "a JSON value"), ("[NaN]", "/0", "a JSON value"), ("[Infinity]", "/0", "a JSON value"),
      (#"["\q"]"#, "/0", "an escape that JSON knows"), (#"["\u12g4"]"#, "/0", "four hexadecimal digits"),
      ("[\"a\nb\"]", "/0", "control characters escaped in a string"), ("[tru]", "/0", "a JSON value"),
      (#"{"a/b~":{'x':1}}"#, "/a~1b~0", "a key in quotation marks"), ("\u{feff}{}", "", "a JSON value"),
      ("{}{}", "", "the end of the text"), ("// secret\n1", "", "a JSON value"),
    ] as [(String, String?, String)])
  func notJSON(text: String, pointer: String?, expected: String) throws {
    let error = try #require(fault(text))
    #expect(error.code == .notJSON)
    #expect(error.pointer == pointer)
    #expect(error.expected == expected)
    #expect(!error.description.contains("secret"))
  }

  @Test(
    "lone surrogates are refused in strings and keys",
    arguments: [
      #"["\ud800"]"#, #"["\udc00"]"#, #"["\ud800x"]"#, #"["\ud800\ud800"]"#, #"["\udc00\ud800"]"#, #"["\uDBFF\u0041"]"#,
    ])
  func loneSurrogates(text: String) {
    #expect(fault(text)?.code == .notJSON)
    #expect(fault(text)?.pointer == "/0")
    #expect(fault(#"{"a":"# + text + "}")?.pointer == "/a/0")
    #expect(fault("{\(text.dropFirst().dropLast()):1}")?.code == .notJSON)
  }

  @Test(
    "invalid UTF-8 is told from what is merely not JSON",
    arguments: [
      [0xFF], [0xC3], [0xE2, 0x82], [0xF0, 0x9F, 0x90], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80],
      [0x80],
    ] as [[UInt8]])
  func invalidUTF8(bytes: [UInt8]) {
    #expect(fault(Array("[\"".utf8) + bytes + Array("\"]".utf8))?.code == .invalidUTF8)
    #expect(fault(Array("[\"".utf8) + bytes)?.code == .invalidUTF8)
    #expect(fault(Array("{\"".utf8) + bytes + Array("\":1}".utf8))?.code == .invalidUTF8)
    #expect(fault(bytes)?.code == .invalidUTF8)
  }

  @Test("depth is exact, and 10,000 levels are only too deep") func depth() {
    for limit in [1, 2, 64, 512] {
      let limits = JSONLimits(depth: limit)
      let array = { String(repeating: "[", count: $0) + String(repeating: "]", count: $0) }
      let object = { String(repeating: #"{"a":"#, count: $0) + "1" + String(repeating: "}", count: $0) }
      #expect(fault(array(limit), limits) == nil)
      #expect(fault(array(limit + 1), limits)?.code == .tooDeep)
      #expect(fault(object(limit), limits) == nil)
      #expect(fault(object(limit + 1), limits)?.code == .tooDeep)
      #expect(fault(array(10_000), limits)?.code == .tooDeep)
      #expect(fault(object(10_000), limits)?.code == .tooDeep)
    }
    #expect(fault(String(repeating: "[", count: 10_000))?.code == .tooDeep)
    #expect(JSONLimits(depth: 100_000).depth == 512)
  }

  @Test("size is exact, and large texts within it parse") func size() throws {
    let large = "[\"" + String(repeating: "x", count: 900_000) + "\"]"
    #expect(try parse(large).array?.first?.string?.utf8.count == 900_000)
    #expect(fault(large, JSONLimits(bytes: large.utf8.count)) == nil)
    #expect(fault(large, JSONLimits(bytes: large.utf8.count - 1))?.code == .tooLarge)
    let many = "[" + String(repeating: "{\"b\":1,\"a\":2},", count: 60_000) + "0]"
    #expect(try parse(many).array?.count == 60_001)
    #expect(
      try parse("[" + String(repeating: "0,", count: 2_500_000) + "0]", JSONLimits(bytes: 8 << 20)).array?.count
        == 2_500_001)
    #expect(try parse("[1]") == [1])
  }

  @Test(
    "a key may not come twice, however it is escaped",
    arguments: [
      (#"{"a":1,"a":1}"#, "/a"), (#"{"a":1,"b":2,"\u0061":3}"#, "/a"), (#"{"x":[{"é":1,"\u00e9":2}]}"#, "/x/0/é"),
      (#"{"":1,"":2}"#, "/"), (#"{"😀":1,"\ud83d\ude00":2}"#, "/😀"),
      (#"{"same-long-key-1":1,"same-long-key-1":2}"#, "/same-long-key-1"),
    ])
  func duplicateKeys(text: String, pointer: String) {
    #expect(fault(text)?.code == .duplicateKey)
    #expect(fault(text)?.pointer == pointer)
  }

  @Test("keys that only look alike are two") func equivalentKeys() throws {
    let value = try parse(#"{"\u00e9":1,"e\u0301":2,"a":3,"a\u0000":4}"#)
    #expect(value.object?.count == 4)
    #expect(value["\u{e9}"] == 1)
    #expect(value["e\u{301}"] == 2)
    #expect(value["a"] == 3)
  }

  @Test("integers beyond 53 bits are out of range unless any integer is allowed") func integers() throws {
    #expect(try parse("[9007199254740991,-9007199254740991]") == [9_007_199_254_740_991, -9_007_199_254_740_991])
    for text in ["9007199254740992", "-9007199254740992", "9223372036854775808", "18446744073709551616"] {
      #expect(fault("{\"n\":\(text)}")?.code == .numberOutOfRange)
      #expect(fault("{\"n\":\(text)}")?.pointer == "/n")
    }
    let any = JSONLimits(anyInteger: true)
    #expect(try parse("9223372036854775807", any) == .integer(.max))
    #expect(try parse("-9223372036854775808", any) == .integer(.min))
    #expect(try parse("9223372036854775808", any) == .number(9_223_372_036_854_775_808))
    let huge = "98249283749234923498293171823948729348710298301928331"
    #expect(
      try parse("{\"a\":\(huge),\"b\":[-\(huge)]}", any) == [
        "a": .number(9.824928374923492e52), "b": [.number(-9.824928374923492e52)],
      ])
    #expect(fault("[" + String(repeating: "9", count: 400) + "]", any)?.code == .numberOutOfRange)
  }

  @Test("numbers that no finite double holds are out of range") func exponents() throws {
    for text in ["1e999", "-1e999", "1e400", "1E+99999999999999999999", "1.8e308"] {
      #expect(fault("[0,\(text)]")?.code == .numberOutOfRange)
      #expect(fault("[0,\(text)]")?.pointer == "/1")
    }
    #expect(try parse("1e-999") == 0)
    #expect(try parse("1.7976931348623157e308") == .number(.greatestFiniteMagnitude))
    #expect(fault("[1e]")?.code == .notJSON)
  }

  @Test("every cut of a text is refused without a crash") func cuts() throws {
    let text = Array(#"{"a":[1,-2.5e3,"\ud83d\udc32é",{"b":null}],"c":true}"#.utf8)
    _ = try JSON.parse(text)
    for end in 0..<text.count { #expect(fault(Array(text[..<end])) != nil) }
  }

  @Test("any byte in any place gives a value or an error that agrees with itself") func mutations() {
    let text = Array(#"{"a":[1,-2.5e3,"\ud83d\udc32é",{"b":null}],"c":true}"#.utf8)
    for place in text.indices {
      for byte in UInt8.min...UInt8.max {
        var changed = text
        changed[place] = byte
        if let value = try? JSON.parse(changed) { #expect((try? JSON.parse(value.canonical)) == value) }
      }
    }
  }

  @Test("a pointer in an error is cut to 200 bytes") func longPointers() throws {
    let key = String(repeating: "é", count: 500)
    let error = try #require(fault("{\"\(key)\":1e999}"))
    let pointer = try #require(error.pointer)
    #expect(pointer.utf8.count <= 200)
    #expect(pointer.hasSuffix("é…"))
  }

  @Test("threads parse side by side") func threads() async throws {
    try await withThrowingTaskGroup(of: JSON.self) { group in
      for number in 0..<64 {
        group.addTask {
          try JSON.parse("{\"n\":\(number),\"s\":\"\(String(repeating: "x", count: number * 100))\"}".utf8)
        }
      }
      var sum: Int64 = 0
      for try await value in group { sum += value["n"]?.integer ?? 0 }
      #expect(sum == 64 * 63 / 2)
    }
  }
}
