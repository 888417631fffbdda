import CEL
import Testing

@Suite struct CELOperatorTests {
  @Test(arguments: [
    CELRow("7 / 2", 3), CELRow("-7 / 2", -3), CELRow("-7 % 2", -1), CELRow("7u % 2u", .uint(1)),
    CELRow("1.0 / 0.0", .double(.infinity)),
    CELRow("'a' + 'b'", "ab"), CELRow("b'a' + b'b'", .bytes([0x61, 0x62])), CELRow("[1] + ['a']", [1, "a"]),
    CELRow("2.5 - 1.0", 1.5),
    CELRow("3.0 * 2.0", 6.0), CELRow("-(1.5)", -1.5), CELRow("[] + []", []),
  ])
  func arithmetic(row: CELRow) throws { try row.check() }

  @Test(arguments: [
    CELFails("9223372036854775807 + 1", .overflow), CELFails("-9223372036854775808 - 1", .overflow),
    CELFails("9223372036854775807 * 2", .overflow),
    CELFails("-9223372036854775808 / -1", .overflow), CELFails("-9223372036854775808 % -1", .overflow),
    CELFails("-(-9223372036854775808)", .overflow),
    CELFails("0u - 1u", .overflow), CELFails("18446744073709551615u * 2u", .overflow), CELFails("1 / 0", .divideByZero),
    CELFails("1 % 0", .divideByZero),
    CELFails("1u / 0u", .divideByZero), CELFails("1u % 0u", .divideByZero), CELFails("1 + 1u", .type),
    CELFails("1 + 1.0", .type), CELFails("1.0 % 1.0", .type),
    CELFails("'a' + 1", .type), CELFails("-'a'", .type), CELFails("-(1u)", .type), CELFails("null + null", .type),
    CELFails("'a' - 'a'", .type),
    CELFails("!1", .type), CELFails("1 < 'a'", .type), CELFails("null < null", .type), CELFails("[1] < [2]", .type),
    CELFails("1 in 1", .type), CELFails("1 ? 2 : 3", .type),
  ])
  func failures(row: CELFails) throws { try row.check() }

  @Test(arguments: [
    CELRow("1 == 1.0", true), CELRow("1u == 1", true), CELRow("1.0 == 1u", true), CELRow("1 == 1.1", false),
    CELRow("-1 == 18446744073709551615u", false),
    CELRow("'1' == 1", false), CELRow("null == 0", false), CELRow("[1, 2.0] == [1.0, 2u]", true),
    CELRow("{'a': 1} == {'a': 1.0}", true),
    CELRow("{1: 2} == {1u: 2}", true), CELRow("{'a': 1} == {'b': 1}", false), CELRow("[1] == [1, 2]", false),
    CELRow("'\\u00e9' == 'e\\u0301'", false),
    CELRow("double('NaN') == double('NaN')", false), CELRow("double('NaN') != double('NaN')", true),
    CELRow("double('NaN') < 1", false),
    CELRow("double('NaN') >= 1", false), CELRow("1 < 1.5", true), CELRow("2u > 1.5", true), CELRow("-1 < 0u", true),
    CELRow("'a' < 'b'", true),
    CELRow("'Z' < 'a'", true), CELRow("'\\uffff' < '\\U0001f431'", true), CELRow("b'a' < b'ab'", true),
    CELRow("false < true", true), CELRow("2 <= 2", true),
    CELRow("2 >= 3", false), CELRow("1 != 2", true), CELRow("type(1) == int", true), CELRow("type(1u) != int", true),
    CELRow("type([]) == list", true),
    CELRow("type(type) == type", true), CELRow("type(null) == null_type", true), CELRow("type({}) == map", true),
  ])
  func comparisons(row: CELRow) throws { try row.check() }

  @Test(arguments: [
    CELRow("true || 1/0 == 1", true), CELRow("1/0 == 1 || true", true), CELRow("false && 1/0 == 1", false),
    CELRow("1/0 == 1 && false", false),
    CELRow("missing || true", true), CELRow("'a' && false", false), CELRow("nothing(1) || true", true),
    CELRow("true ? 1 : 1/0", 1), CELRow("false ? 1/0 : 2", 2),
    CELRow("true && true && true", true), CELRow("false || false || true", true), CELRow("!!true", true),
  ])
  func logicAbsorbsErrors(row: CELRow) throws { try row.check() }

  @Test(arguments: [
    CELFails("true && 1/0 == 1", .divideByZero), CELFails("1/0 == 1 || false", .divideByZero),
    CELFails("'a' && true", .type), CELFails("missing", .missingField),
    CELFails("nothing(1)", .type), CELFails("1.nothing()", .type), CELFails("1/0 > 1 ? 1 : 2", .divideByZero),
    CELFails("a.B{}", .type),
  ])
  func logicKeepsErrorsThatCount(row: CELFails) throws { try row.check() }

  @Test func anErrorSaysWhereItIs() throws {
    let error = try #require(try celFailure("true &&\n  1 / 0 == 1"))
    #expect(error.position.line == 2 && error.position.column == 5 && error.position.offset == 12)
    #expect(error.description == "2:5: division by zero")
    #expect(try celFailure("'é' == '' || 1 > 'a'")?.position.column == 16)
    #expect(try celFailure("true && 'a'")?.position.offset == 8)
  }
}
