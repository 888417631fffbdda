import CEL
import Testing

@Suite struct CELTextTests {
  @Test(arguments: [
    CELRow("'hello'.contains('ell')", true), CELRow("'hello'.contains('')", true), CELRow("''.contains('a')", false),
    CELRow("'aab'.contains('ab')", true),
    CELRow("'hello'.startsWith('he')", true), CELRow("'hello'.startsWith('hello!')", false),
    CELRow("'hello'.endsWith('lo')", true), CELRow("'lo'.endsWith('hello')", false),
    CELRow("'é'.startsWith('e')", false), CELRow("'hello'.matches('l+o$')", true),
    CELRow("matches('hello', '^ell')", false), CELRow("''.matches('')", true),
    CELRow("'a🐱b'.matches('^a.b$')", true), CELRow("'x'.matches('(?i)X')", true),
    CELRow("'12-34'.matches(r'^\\d{2}-\\d{2}$')", true), CELRow("['a', 'b'].all(p, 'ab'.matches(p))", true),
  ])
  func tests(row: CELRow) throws { try row.check() }

  @Test(arguments: [
    CELRow("'a🐱b'.charAt(1)", "🐱"), CELRow("'ab'.charAt(2)", ""), CELRow("'banana'.indexOf('an')", 1),
    CELRow("'banana'.indexOf('an', 2)", 3), CELRow("'banana'.indexOf('x')", -1),
    CELRow("'banana'.indexOf('', 6)", 6), CELRow("'é🐱b'.indexOf('b')", 2), CELRow("'banana'.lastIndexOf('an')", 3),
    CELRow("'banana'.lastIndexOf('an', 2)", 1),
    CELRow("'banana'.lastIndexOf('')", 6), CELRow("'a'.lastIndexOf('abc')", -1), CELRow("'é🐱bé'.lastIndexOf('é')", 3),
    CELRow("'é🐱b'.substring(1)", "🐱b"), CELRow("'é🐱b'.substring(0, 2)", "é🐱"),
    CELRow("'abc'.substring(3)", ""), CELRow("'abc'.substring(1, 1)", ""),
    CELRow("'a,b,c'.split(',')", ["a", "b", "c"]), CELRow("'a,b,c'.split(',', 2)", ["a", "b,c"]),
    CELRow("'a,b'.split(',', 0)", []), CELRow("'a,b'.split(',', -1)", ["a", "b"]),
    CELRow("'é🐱'.split('')", ["é", "🐱"]),
    CELRow("'abc'.split('', 2)", ["a", "bc"]), CELRow("''.split(',')", [""]),
    CELRow("''.split('')", []), CELRow("'a'.split('', 1)", ["a"]), CELRow("'aXbX'.split('X')", ["a", "b", ""]),
    CELRow("['a', 'b'].join()", "ab"), CELRow("['a', 'b'].join(', ')", "a, b"), CELRow("[].join('x')", ""),
    CELRow("'a.b.c'.replace('.', '-')", "a-b-c"), CELRow("'a.b.c'.replace('.', '-', 1)", "a-b.c"),
    CELRow("'a.b'.replace('.', '', -1)", "ab"), CELRow("'ab'.replace('', '-')", "-a-b-"),
    CELRow("'ab'.replace('', '-', 1)", "-ab"), CELRow("'a'.replace('a', 'b', 0)", "a"),
    CELRow("'AbÆ'.lowerAscii()", "abÆ"), CELRow("'aBæ'.upperAscii()", "ABæ"), CELRow("' \\t\\u00a0x \\n'.trim()", "x"),
    CELRow("'\\u200bx'.trim()", "\u{200B}x"), CELRow("'   '.trim()", ""), CELRow("'aé🐱'.reverse()", "🐱éa"),
    CELRow("strings.quote('a\"\\n\\\\é')", #""a\"\n\\é""#),
  ])
  func places(row: CELRow) throws { try row.check() }

  @Test(arguments: [
    CELFails("'abc'.charAt(4)", .invalidArgument), CELFails("'abc'.charAt(-1)", .invalidArgument),
    CELFails("'abc'.indexOf('a', 4)", .invalidArgument), CELFails("'abc'.lastIndexOf('a', -1)", .invalidArgument),
    CELFails("'abc'.substring(4)", .invalidArgument), CELFails("'abc'.substring(2, 1)", .invalidArgument),
    CELFails("'abc'.substring(0, 9223372036854775807)", .invalidArgument),
    CELFails("[1].join()", .type), CELFails("1.charAt(1)", .type), CELFails("'a'.charAt('a')", .type),
    CELFails("'a'.split(1)", .type), CELFails("'a'.split('a', 'b')", .type), CELFails("'a'.replace('a', 1)", .type),
    CELFails("'a'.replace('a', 'b', 'c')", .type), CELFails("'a'.substring(true)", .type),
    CELFails("'a'.substring(0, 'a')", .type), CELFails("1.trim()", .type), CELFails("1.reverse()", .type),
    CELFails("1.lowerAscii()", .type),
    CELFails("1.upperAscii()", .type), CELFails("strings.quote(1)", .type), CELFails("'a'.contains(1)", .type),
    CELFails("1.startsWith('a')", .type), CELFails("1.endsWith('a')", .type), CELFails("1.matches('a')", .type),
    CELFails("'a'.indexOf(1)", .type), CELFails("'a'.lastIndexOf(1)", .type), CELFails("'a'.join('b')", .type),
    CELFails("'a'.trim(1)", .type), CELFails("'a'.matches('(')", .invalidArgument),
    CELFails("['('].all(p, 'a'.matches(p))", .invalidArgument), CELFails("'a'.matches('(?=a)')", .invalidArgument),
    CELFails("'a'.matches('a{1001}')", .invalidArgument),
  ])
  func failures(row: CELFails) throws { try row.check() }

  @Test(arguments: [
    CELRow("'%s|%s|%s'.format(['a', 1, 2u])", "a|1|2"), CELRow("'%%'.format([])", "%"),
    CELRow("'%s'.format([[1, 'a', null, 1.5, true]])", "[1, a, null, 1.5, true]"),
    CELRow("'%s'.format([{'b': 1, 'a': [2]}])", "{a: [2], b: 1}"), CELRow("'%s %s'.format([type(1), b'ab'])", "int ab"),
    CELRow("'%s'.format([b'a\\xff\\xfeb'])", "a\u{FFFD}b"),
    CELRow("'%s %s'.format([timestamp(0), duration('90m')])", "1970-01-01T00:00:00Z 5400s"),
    CELRow("'%s %s %s'.format([1.0, 0.1, 1e30])", "1 0.1 1e+30"),
    CELRow("'%d %d %d'.format([-1, 2u, 2.5])", "-1 2 2.5"),
    CELRow("'%f %.2f %.0f'.format([1.5, 2.345, 2.5])", "1.500000 2.35 2"),
    CELRow("'%f %.0f'.format([3, 4u])", "3.000000 4"),
    CELRow("'%e %.1e'.format([1234.5, 5])", "1.234500e+03 5.0e+00"),
    CELRow("'%x %X %x %X'.format([255, 255u, 'hi', b'\\xab'])", "ff FF 6869 AB"),
    CELRow("'%x %o %b %b'.format([-255, 8, 5u, true])", "-ff 10 101 1"),
    CELRow(
      "'%f %e %d %s'.format([double('NaN'), double('-Infinity'), double('Infinity'), double('NaN')])",
      "NaN -Infinity Infinity NaN"),
    CELRow("'é🐱%s'.format(['e\\u0301'])", "é🐱e\u{301}"),
    CELRow("'%.100f'.format([0.5])", .string("0.5" + String(repeating: "0", count: 99))),
  ])
  func format(row: CELRow) throws { try row.check() }

  @Test(arguments: [
    "'%a'.format([1])", "'%'.format([1])", "'%.'.format([1])", "'%.f'.format([1])", "'%.2s'.format(['a'])",
    "'%.999f'.format([1.0])", "'%s %s'.format([1])", "'%d'.format(['a'])",
    "'%f'.format(['a'])", "'%e'.format([null])", "'%x'.format([1.5])", "'%o'.format([1.5])", "'%b'.format(['a'])",
    "'%d'.format([null])", "'%.99999999999999999999f'.format([1.0])",
  ])
  func formatFailures(source: String) throws { try CELFails(source, .invalidArgument).check() }
}
