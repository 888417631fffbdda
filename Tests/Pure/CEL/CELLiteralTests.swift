import CEL
import Testing

@Suite struct CELLiteralTests {
  @Test(arguments: [
    CELRow("42", 42), CELRow("-42", -42), CELRow("0x2A", 42), CELRow("-0x2a", -42), CELRow("42u", .uint(42)),
    CELRow("0xFFu", .uint(255)),
    CELRow("-9223372036854775808", .int(.min)), CELRow("18446744073709551615u", .uint(.max)), CELRow("--5", 5),
    CELRow("1.5", 1.5), CELRow(".5", 0.5), CELRow("1e3", 1000.0), CELRow("-1.5e-2", -0.015), CELRow("6e+2", 600.0),
    CELRow("true", true), CELRow("null", .null), CELRow("[1, 2,]", [1, 2]), CELRow("{'a': 1,}", ["a": 1]),
    CELRow("[]", []),
    CELRow("1 // comment\n + 2", 3), CELRow("\t1\r\n+\u{c}2", 3),
  ])
  func numbersAndCollections(row: CELRow) throws { try row.check() }

  @Test(arguments: [
    CELRow("'a'", "a"), CELRow(#""it's""#, "it's"), CELRow("'''x'y'''", "x'y"), CELRow("\"\"\"a\nb\"\"\"", "a\nb"),
    CELRow(#"'\a\b\f\n\r\t\v\\\?\"\'\`'"#, "\u{7}\u{8}\u{C}\n\r\t\u{B}\\?\"'`"),
    CELRow(#"'\x41\u00e9\U0001F431\101'"#, "Aé🐱A"),
    CELRow(#"r'\n'"#, #"\n"#), CELRow(#"R"\x""#, #"\x"#), CELRow("'é'", "é"),
    CELRow("'\u{65}\u{301}'", "\u{65}\u{301}"),
    CELRow("b'é'", .bytes([0xC3, 0xA9])), CELRow(#"b'\xff\000'"#, .bytes([0xFF, 0])),
    CELRow(#"br'\x'"#, .bytes([0x5C, 0x78])),
    CELRow(#"Rb'\x'"#, .bytes([0x5C, 0x78])), CELRow("b'''a'b'''", .bytes([0x61, 0x27, 0x62])),
    CELRow("'🐱' + '\u{301}'", "🐱\u{301}"),
  ])
  func texts(row: CELRow) throws { try row.check() }

  @Test(arguments: [
    "'abc", "\"a\nb\"", #"'\z'"#, #"'\u12'"#, #"'\ud800'"#, #"'\U00110000'"#, #"b'\u0041'"#, #"'\8'"#, #"'\x4'"#, "'\\",
    "9223372036854775808", "18446744073709551616u", "-9223372036854775809", "0x", "1e999", "#", "`a`", "a.`b", "a.`b!`",
  ])
  func malformedLiteralsAreErrors(source: String) {
    #expect(!celComplaints(source, ["a": .dyn]).isEmpty)
  }

  @Test(arguments: [
    "", "1 +", "(1", "[1", "{1: 2", "{1}", "1 2", "a.", "a.1", "if", "a.in", "f(1,)", "[,]", "x ? 1", "1 = 1", "a & b",
    ".", "true(1)",
    "has(1)", "has(a)", "[1].all(1, true)", "[1].map(a.b, true)", "package == 1", "a.`b`()", "a{b: }", "1.5.5", "?",
  ])
  func malformedExpressionsAreErrors(source: String) {
    #expect(!celComplaints(source, ["a": .dyn, "b": .dyn, "x": .dyn]).isEmpty)
  }

  @Test func reservedWordsMayBeFieldsAndQuotedFieldsMayHoldSigns() throws {
    #expect(try celValue("x.package", ["x": ["package": 1]]) == 1)
    #expect(try celValue("x.`content-type`", ["x": ["content-type": "json"]]) == "json")
    #expect(try celValue("has(x.`/a b`)", ["x": ["/a b": 1]]) == true)
  }

  @Test func precedenceIsThatOfTheSpecification() throws {
    #expect(try celValue("1 + 2 * 3 - 4 / 2 % 3") == 5)
    #expect(try celValue("1 < 2 == true && !false || false") == true)
    #expect(try celValue("false && false || true") == true)
    #expect(try celValue("true ? 1 : false ? 2 : 3") == 1)
    #expect(try celValue("-x.a", ["x": ["a": 2]]) == -2)
    #expect(try celValue("10 - 3 - 2") == 5)
  }
}
