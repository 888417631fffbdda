import CEL
import Testing

@Suite struct CELConversionTests {
  @Test(arguments: [
    CELRow("int('-12')", -12), CELRow("int(3.9)", 3), CELRow("int(-3.9)", -3), CELRow("int(5u)", 5),
    CELRow("int(timestamp('1970-01-01T00:01:00.9Z'))", 60), CELRow("int(7)", 7),
    CELRow("uint('12')", .uint(12)), CELRow("uint(3.9)", .uint(3)), CELRow("uint(5)", .uint(5)),
    CELRow("uint(9u)", .uint(9)), CELRow("double('1.5e2')", 150.0), CELRow("double(3)", 3.0),
    CELRow("double(3u)", 3.0),
    CELRow("double('-Infinity')", .double(-.infinity)), CELRow("double('1e-400')", 0.0), CELRow("bool('true')", true),
    CELRow("bool('F' + 'alse')", false), CELRow("bool(true)", true),
    CELRow("bytes('é')", .bytes([0xC3, 0xA9])), CELRow("bytes(b'a')", .bytes([0x61])), CELRow("string(1)", "1"),
    CELRow("string(1u)", "1"), CELRow("string(true)", "true"), CELRow("string(b'\\303\\251')", "é"),
    CELRow("string('a')", "a"),
    CELRow("string(timestamp(1))", "1970-01-01T00:00:01Z"), CELRow("string(duration('1m1ms'))", "60.001s"),
    CELRow("string(duration('-1ms'))", "-0.001s"),
    CELRow("type(dyn(1))", .type(.int)), CELRow("dyn('a')", "a"),
    CELRow("google.protobuf.Timestamp == type(timestamp(0))", true), CELRow("type(duration('0'))", .type(.duration)),
  ])
  func conversions(row: CELRow) throws { try row.check() }

  @Test(arguments: [
    CELFails("int(9223372036854775808.0)", .overflow), CELFails("int(-9223372036854775808.0)", .overflow),
    CELFails("int(double('NaN'))", .overflow), CELFails("int(18446744073709551615u)", .overflow),
    CELFails("uint(-1)", .overflow), CELFails("uint(-0.5)", .overflow),
    CELFails("uint(18446744073709551616.0)", .overflow), CELFails("int('a')", .invalidArgument),
    CELFails("int('1.0')", .invalidArgument), CELFails("int('')", .invalidArgument),
    CELFails("int('99999999999999999999')", .invalidArgument), CELFails("uint('-1')", .invalidArgument),
    CELFails("double('1,5')", .invalidArgument), CELFails("double('')", .invalidArgument),
    CELFails("double('0x1p3')", .invalidArgument),
    CELFails("double('1e')", .invalidArgument), CELFails("double('1e999')", .invalidArgument),
    CELFails("double(' 1')", .invalidArgument), CELFails("bool('yes')", .invalidArgument), CELFails("bool(1)", .type),
    CELFails("int(true)", .type), CELFails("uint(null)", .type),
    CELFails("double(true)", .type), CELFails("bytes(1)", .type), CELFails("string([])", .type),
    CELFails("string(null)", .type), CELFails("string(b'\\xff')", .invalidArgument), CELFails("timestamp(1.5)", .type),
    CELFails("duration(1)", .type),
  ])
  func failures(row: CELFails) throws { try row.check() }

  @Test(arguments: [
    (0.0, "0"), (-0.0, "-0"), (1.0, "1"), (-4.5e-3, "-0.0045"), (123.456, "123.456"), (1e15, "1000000000000000"),
    (1e20, "100000000000000000000"), (1.5e20, "150000000000000000000"),
    (1e21, "1e+21"), (1.25e-7, "1.25e-7"), (1e-6, "0.000001"), (12345678901234567890.0, "12345678901234567000"),
    (Double.leastNonzeroMagnitude, "5e-324"), (1.7976931348623157e308, "1.7976931348623157e+308"),
    (9007199254740992.0, "9007199254740992"), (0.1, "0.1"), (1.2345e-5, "0.000012345"),
  ])
  func doublesAreShownShortestAndReadBack(number: Double, text: String) throws {
    #expect(try celValue("string(x)", ["x": .double(number)]) == .string(text))
    #expect(try celValue("double(string(x)) == x", ["x": .double(number)]) == true)
  }
}
