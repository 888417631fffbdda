import CEL
import Testing
import Wire

/// Hostile sources: whatever comes, an answer comes, and soon.
@Suite struct CELFuzzTests {
  static let tokens = [
    "x", "y", "item", "item.amount", "lines", "1", "-1", "0", "9223372036854775807", "2u", "1.5", "1e308", "'a'",
    "'é🐱'", "b'\\xff'", "r'\\d'", "true", "false", "null", "int", "[", "]", "{", "}", "(", ")", ",", ":", "?", ".",
    "..",
    "+", "-", "*", "/", "%", "!", "==", "!=", "<", "<=", ">", ">=", "&&", "||", " in ", ".all(a, ", ".exists(a, ",
    ".map(a, ", ".filter(a, ", ".exists_one(a, ", "has(x.", "size(", ".size()", ".matches('(a|b)*')", ".matches(",
    ".format([", ".substring(", ".charAt(", ".split('')", ".replace('', 'ab')", ".join()", ".indexOf(", "timestamp(",
    "duration('1h')", ".getHours('", ".getHours()", "string(", "bytes(", "double(", "'", "\"", "\\", "`", "//", "\n",
    "\u{0}", "é", "0x", "'''",
    "+x+x", "[x, x, x]", "{'a': x}", "{1: y}", ".a", "[0]", " ? x : ", "strings.quote(", "type(", "dyn(",
  ]

  static let data: [String: CELValue] = [
    "x": .list((0..<50).map { .int($0) }), "y": ["a": 1, "b": ["c": "text"]],
    "item": ["amount": 5, "lines": [["price": 1.5], [:]]], "lines": "some text",
  ]

  @Test(arguments: 0..<8 as Range<UInt64>) func randomTokensNeitherCrashNorRunOn(seed: UInt64) {
    var generator = SplitMix64(seed: seed)
    let limits = CELLimits(cost: 20_000)
    var evaluated = 0
    for _ in 0..<3_000 {
      let count = Int.random(in: 1...12, using: &generator)
      let source = (0..<count).compactMap { _ in CELFuzzTests.tokens.randomElement(using: &generator) }.joined()
      evaluated += CELFuzzTests.run(source, limits)
    }
    #expect(evaluated > 0)
  }

  @Test(arguments: 0..<8 as Range<UInt64>) func constantFoldingChangesNoResult(seed: UInt64) throws {
    var generator = SplitMix64(seed: seed &+ 1_000)
    for _ in 0..<400 {
      let source = CELFuzzTests.tree(5, &generator)
      let plain = try CELProgram.parse(source, names: CELFuzzTests.data.keys).evaluate(CELFuzzTests.data)
      // Inside a comprehension over data nothing is folded; the value is the same.
      let unfolded = try CELProgram.parse("[item].map(z, \(source))[0]", names: CELFuzzTests.data.keys).evaluate(
        CELFuzzTests.data)
      switch (plain, unfolded) {
      case (.success(let a), .success(let b)): #expect("\(a)" == "\(b)", "\(source)")
      case (.failure(let a), .failure(let b)): #expect(a.shortKind == b.shortKind, "\(source)")
      default: Issue.record("\(source): \(plain) but \(unfolded)")
      }
    }
  }

  @Test func sourcesCutAnywhereGiveErrorsOrValues() {
    let source =
      "item.lines.exists(l, has(l.price) && l.price > 1.5e0) ? r'é\\d' + '''a\\u00e9''' : {'k': [1u, b'\\xff']}[`x`]"
    for end in 0...source.unicodeScalars.count {
      _ = CELFuzzTests.run(String(source.unicodeScalars.prefix(end)), .default)
      _ = CELFuzzTests.run(String(source.unicodeScalars.dropFirst(end)), .default)
    }
  }

  /// Compiles and evaluates, checked and unchecked; 1 if there was something to evaluate.
  private static func run(_ source: String, _ limits: CELLimits) -> Int {
    let types: [String: CELType] = [
      "x": .list(.int), "y": .dyn, "item": .object(["amount": .int, "lines": .list(.dyn)]), "lines": .string,
    ]
    if let program = try? CELProgram.compile(source, variables: types, limits: limits) { _ = program.evaluate(data) }
    do throws(CELErrors) {
      _ = try CELProgram.parse(source, names: data.keys, limits: limits).evaluate(data)
      return 1
    } catch {
      for error in error.errors where error.position.offset > source.utf8.count || error.message.isEmpty {
        Issue.record("\(source): \(error)")
      }
      if error.errors.isEmpty { Issue.record("\(source): no error named") }
      return 0
    }
  }

  /// An expression that parses.
  private static func tree(_ depth: Int, _ generator: inout SplitMix64) -> String {
    func any(_ choices: [String]) -> String { choices.randomElement(using: &generator) ?? "1" }
    func part() -> String { tree(depth - 1, &generator) }
    let leaves = [
      "1", "0", "-3", "2u", "1.5", "'ab'", "true", "false", "null", "[1, 2]", "{'a': 1}", "x", "y", "item.amount",
      "missing", "b'a'", "duration('1h')", "timestamp(0)",
    ]
    if depth == 0 { return any(leaves) }
    let binary = ["+", "-", "*", "/", "%", "==", "!=", "<", "<=", ">", ">=", "&&", "||", " in "]
    switch Int.random(in: 0..<12, using: &generator) {
    case 0, 1, 2, 3: return "(\(part()) \(any(binary)) \(part()))"
    case 4: return "(\(part()) ? \(part()) : \(part()))"
    case 5: return "!(\(part()))"
    case 6: return "[\(part()), \(part())]"
    case 7: return "(\(part())).\(any(["all", "exists", "exists_one", "filter", "map"]))(a, \(part()))"
    case 8: return "\(any(["size", "string", "int", "double", "type", "bool", "uint"]))(\(part()))"
    case 9: return "(\(part()))[\(part())]"
    case 10: return "(\(part())).a"
    default: return any(leaves)
    }
  }
}
