import CEL
import Testing

@Suite struct CELCollectionTests {
  @Test(arguments: [
    CELRow("[7, 8][1]", 8), CELRow("[7, 8][dyn(1.0)]", 8), CELRow("[7, 8][dyn(1u)]", 8), CELRow("{'a': 1}['a']", 1),
    CELRow("{'a': 1}.a", 1),
    CELRow("{1: 'x'}[1u]", "x"), CELRow("{1: 'x'}[1.0]", "x"), CELRow("{true: 5}[true]", 5),
    CELRow("{18446744073709551615u: 1}[18446744073709551615u]", 1),
    CELRow("2 in [1, 2]", true), CELRow("2.0 in [1, 2]", true), CELRow("3 in []", false),
    CELRow("'a' in {'a': 1}", true), CELRow("1u in {1: 1}", true),
    CELRow("b'a' in {'a': 1}", false), CELRow("has({'a': null}.a)", true), CELRow("has({}.a)", false),
    CELRow("size([1, 2])", 2), CELRow("[1].size()", 1),
    CELRow("size({'a': 1})", 1), CELRow("size('🐱é')", 2), CELRow("size(b'é')", 2), CELRow("'e\\u0301'.size()", 2),
  ])
  func access(row: CELRow) throws { try row.check() }

  @Test(arguments: [
    CELFails("[1][1]", .invalidArgument), CELFails("[1][-1]", .invalidArgument),
    CELFails("[1][dyn(0.5)]", .invalidArgument), CELFails("[1][dyn('0')]", .invalidArgument),
    CELFails("[1][9223372036854775807]", .invalidArgument), CELFails("{'a': 1}['b']", .missingField),
    CELFails("{'a': 1}.b", .missingField),
    CELFails("{1: 1}[dyn(b'')]", .missingField), CELFails("'abc'[0]", .type), CELFails("'abc'.length", .type),
    CELFails("has('abc'.length)", .type),
    CELFails("{1.0: 1}", .type), CELFails("{null: 1}", .type), CELFails("{'a': 1, 'a': 2}", .invalidArgument),
    CELFails("{1: 1, 1u: 2}", .invalidArgument),
    CELFails("size(1)", .type), CELFails("null.a", .missingField), CELFails("has({}.a.b)", .missingField),
  ])
  func failures(row: CELFails) throws { try row.check() }

  @Test(arguments: [
    CELRow("[1, 2].all(x, x > 0)", true), CELRow("[1, 2].all(x, x > 1)", false), CELRow("[].all(x, 1/0 > x)", true),
    CELRow("[0, 1].all(x, 1/x > 5)", false),
    CELRow("[1, 2].exists(x, x == 2)", true), CELRow("[].exists(x, true)", false),
    CELRow("[0, 1].exists(x, 1/x == 1)", true),
    CELRow("[1, 2, 2].exists_one(x, x == 1)", true), CELRow("[1, 2, 2].exists_one(x, x == 2)", false),
    CELRow("[1].existsOne(x, true)", true),
    CELRow("[1, 2].map(x, x * 2)", [2, 4]), CELRow("[1, 2, 3].map(x, x > 1, x * 2)", [4, 6]),
    CELRow("[1, 2, 3].filter(x, x % 2 == 1)", [1, 3]),
    CELRow("{'a': 1, 'b': 2}.map(k, k)", ["a", "b"]), CELRow("{'a': 1}.all(k, k == 'a')", true),
    CELRow("{2: 0, 1: 0}.filter(k, k > 1)", [2]),
    CELRow("[[1], [2]].map(x, x.map(y, y + 1))", [[2], [3]]), CELRow("[1].map(x, [2].map(x, x))", [[2]]),
    CELRow("[1, 2].map(x, x + [3].map(y, y + x)[0])", [5, 7]),
    CELRow("['a'].filter(a, ['b'].all(b, true))", ["a"]),
  ])
  func macros(row: CELRow) throws { try row.check() }

  @Test(arguments: [
    CELFails("[0, 1].all(x, 1/x > 0)", .divideByZero), CELFails("[0, 2].exists(x, 1/x > 5)", .divideByZero),
    CELFails("[0, 1].exists_one(x, 1/x == 1)", .divideByZero),
    CELFails("[0].map(x, 1/x)", .divideByZero), CELFails("[0].filter(x, 1/x > 0)", .divideByZero),
    CELFails("1.all(x, true)", .type), CELFails("'a'.map(x, x)", .type),
    CELFails("[1].all(x, x)", .type), CELFails("[1].filter(x, 'a')", .type), CELFails("[1].map(x, 'a', x)", .type),
    CELFails("[1].map(x)", .type), CELFails("[x].map(x, x)", .missingField),
  ])
  func macroFailures(row: CELFails) throws { try row.check() }

  @Test func namesResolveToTheNearestVariable() throws {
    #expect(try celValue("[1].exists(x, x == 1)", ["x": 5]) == true)
    #expect(try celValue("[1].exists(x, .x == 5)", ["x": 5]) == true)
    #expect(try celValue("a.b.c", ["a.b.c": 1, "a.b": ["c": 2], "a": ["b": ["c": 3]]]) == 1)
    #expect(try celValue("a.b.c", ["a.b": ["c": 2], "a": ["b": ["c": 3]]]) == 2)
    #expect(try celValue("[['x']].exists(a, a[0] == 'x')", ["a.b": 1]) == true)
    #expect(try celValue("size(size)", ["size": [1, 2]]) == 2)
  }

  @Test func mapsOfAnyOrderAndSizeFindTheirKeys() {
    let names = (0..<100).map { "k\($0)" } + ["\u{E000}", "\u{1F431}", "é", "e\u{301}"]
    let map = CELMap(names.shuffled().map { (key: $0, value: CELValue.string($0)) })
    #expect(map.count == names.count)
    for name in names {
      #expect(map[name] == .string(name))
      #expect(map.value(of: name) == .string(name))
    }
    #expect(map["k100"] == nil)
    #expect(CELMap([(key: "a", value: 1), (key: "b", value: 2), (key: "a", value: 3)])["a"] == 3)
  }

  @Test func valuesCompareAsTheLanguageComparesThem() {
    #expect(CELValue.int(1) == .double(1))
    #expect(CELValue.string("é") != .string("e\u{301}"))
    #expect(CELValue.double(.nan) != .double(.nan))
    var deep = CELValue.int(1), same = CELValue.int(1)
    for _ in 0..<400 { (deep, same) = ([deep], [same]) }
    #expect(deep == same)
    #expect("\(CELValue.list(["a", 1, .null]))" == "[a, 1, null]" && "\(CELValue.string("a\n"))" == "\"a\\n\"")
  }
}
