import CEL
import Testing

/// The fields that the checks below know.
let celFields: [String: CELType] = [
  "item": .object([
    "amount": .int, "rate": .double, "vendor": .string, "note": .nullable(.string), "due": .timestamp, "age": .duration,
    "urgent": .bool,
    "lines": .list(.object(["price": .int, "text": .string])), "labels": .map(.string, .string), "extra": .dyn,
  ]),
  "confidence": .double, "risk": .string, "counts": .map(.int, .int),
]

@Suite struct CELCheckTests {
  @Test(arguments: [
    "confidence >= 0.92 && risk == 'low'", "item.amount > 100 && item.vendor.startsWith('A')",
    "item.lines.exists(l, l.price > 5 && l.text != '')", "item.labels.team == 'x' || item.labels['team'] in ['a']",
    "has(item.note) && item.note != null && item.note.contains('x')", "item.note == 'x'",
    "item.due - duration('1h') < timestamp('2026-01-31T09:30:00Z')", "item.extra.anything.goes > 1",
    "item['amount'] == 1",
    "item.lines[0].price + 1 == 2", "size(item.lines) > 0", "item.urgent ? item.amount : 0", "[1, 'a', 2.0][0] == 1",
    "{'a': 1, 'b': 'x'}.a == 1", "counts[1] > 0", "'amount' in item", "item.all(k, k != 'x')", "dyn(1) == 1.0",
    "item.due != null", "'%s'.format([1, 'a'])", "[[1], []][1] == [2]", "item.age > duration('36h')",
    "true ? null : item.note", "type(item.amount) == int", "item.due.getHours('Europe/Berlin') < 8",
  ])
  func soundExpressionsPass(source: String) {
    #expect(celComplaints(source, celFields).isEmpty, "\(celComplaints(source, celFields))")
  }

  @Test(arguments: [
    ("item.amout > 1", 1, 6, "did you mean 'amount'?"), ("itme.amount > 1", 1, 1, "did you mean 'item'?"),
    ("confidence > 1", 1, 12, "write 1.0"), ("item.amount > 1.0", 1, 13, "write 1"),
    ("item.amount > item.rate", 1, 13, "double(…)"),
    ("item.vendor + item.amount == 'a'", 1, 13, "string(…)"), ("risk", 1, 1, "compare it"),
    ("item.amount && true", 1, 6, "compare it"), ("item.lines ? 1 : 2", 1, 6, "size(…) > 0"),
    ("risk.startWith('a')", 1, 6, "did you mean 'startsWith'?"),
    ("contains(risk, 'a')", 1, 1, "string.contains(string)"), ("risk.contains()", 1, 6, "string.contains(string)"),
    ("risk.contains(1)", 1, 6, "string.contains(string)"), ("risk in 'low'", 1, 6, "text.contains(part)"),
    ("1 in [1.0]", 1, 3, "write 1.0"),
    ("true ? 1 : 'a'", 1, 6, "dyn(…)"), ("item.due > '2026-01-31'", 1, 10, "timestamp('2026-01-31T09:30:00Z')"),
    ("item.age > 5", 1, 10, "duration('36h')"), ("item.age > duration('2 days')", 1, 12, "duration('36h')"),
    ("timestamp('yesterday') < item.due", 1, 1, "2026-01-31T09:30:00Z"),
    ("item.amount == null", 1, 13, "has(…)"), ("risk = 'low'", 1, 6, "write '=='"),
    ("true and false", 1, 6, "write '&&'"), ("true or false", 1, 6, "write '||'"), ("true & false", 1, 6, "write '&&'"),
    ("has(item)", 1, 5, "has(name.field)"), ("'a\\d'", 1, 3, "r'…'"), ("'abc", 1, 1, "end it with '"),
    ("item.lines.exists(1, true)", 1, 19, "exists(x, …)"), ("a.b{c: 1}", 1, 3, "write a map"),
    ("item.in", 1, 6, "write ['in']"), ("risk ==\n  1", 1, 6, "write '1' in quotes"),
    ("9223372036854775808", 1, 1, "9223372036854775808u"), ("“low”", 1, 1, "write '\"'"),
    ("counts['a']", 1, 7, "write […]"),
  ])
  func mistakesArePlacedAndHinted(source: String, line: Int, column: Int, hint: String) throws {
    let errors = celComplaints(source, celFields, expecting: source == "risk" ? .bool : nil)
    if source == "risk" {
      #expect(errors.map(\.message) == ["the expression gives string, expected bool"])
      return
    }
    let found = errors.contains {
      $0.position.line == line && $0.position.column == column && ($0.hint ?? "").contains(hint)
    }
    #expect(found, "\(source): \(errors)")
  }

  @Test(arguments: [
    "item.lines.price > 1", "item.amount.x", "has(item.nothing)", "has(item.amount.x)", "item[1]", "item.lines['a']",
    "counts.a", "item.labels[1]", "!risk", "-risk", "-(1u)", "1 + 1u", "'a' < 1", "[1] < [2]", "null < null",
    "1 == 'a'",
    "[1] == ['a']", "risk.all(x, true)", "item.amount.map(x, x)", "[1].all(x, x)", "[1].filter(x, 'a')", "{1.0: 1}",
    "{null: 1}", "size(1)", "int(true)", "1.size()", "risk.matches('(')", "item.due.getHours('Mars/Olympus')",
    "nothing", "nothing(1)", "1.nothing()",
    "strings.quote(1)", "dyn()", "item.vendor.charAt('a')", "item.vendor in 5", "1 in {'a': 1}", "1 in item",
    "[x].map(x, x)", "1 % 1.0", "1.0 % 1.0", "item.lines + item.labels", "timestamp(0) + timestamp(0)", "'a' - 'b'",
    "item.urgent + item.urgent",
  ])
  func otherMistakesAreErrors(source: String) {
    #expect(!celComplaints(source, celFields).isEmpty)
  }

  @Test func allMistakesAreReportedAtOnceInTheirOrder() {
    let errors = celComplaints("item.amout > 1 &&\nitem.vendr == 'a' && riks == 'low' && confidence > 1", celFields)
    #expect(errors.map(\.position.line) == [1, 2, 2, 2])
    #expect(errors.map(\.position.offset) == [5, 23, 39, 67])
    #expect(errors.first?.description == "1:6: 'item' has no field 'amout'; did you mean 'amount'?")
    #expect(celComplaints("# + 'a\n' ~ 1").count == 3)
    #expect(celComplaints("item.nothing.more.still", celFields).map(\.position.offset) == [5])
    #expect(celComplaints((0..<500).map { "n\($0)" }.joined(separator: " + ")).count == 1)
    #expect(celComplaints((0..<500).map { "n\($0)" }.joined(separator: " && ")).count == 50)
  }

  @Test(arguments: [
    ("1 + 2", CELType.int), ("[1, 2]", .list(.int)), ("[1, 'a']", .list(.dyn)), ("{'a': 1.0}", .map(.string, .double)),
    ("item.lines.map(l, l.price)", .list(.int)), ("item.labels.x", .string), ("item.due - item.due", .duration),
    ("item.extra", .dyn), ("item.note", .nullable(.string)), ("'a'.split(',')", .list(.string)), ("true ? 1 : 2", .int),
    ("[1] + []", .list(.dyn)), ("size('a')", .int), ("int", .type), ("{}.map(k, k)", .list(.dyn)),
  ])
  func theTypeOfTheResultIsKnown(source: String, type: CELType) throws {
    #expect(try CELProgram.compile(source, variables: celFields).type == type)
  }

  @Test(arguments: [
    ("confidence >= 0.92 && risk == 'low'", ["confidence", "risk"]),
    ("item.amount > 1 || item.amount < 0", ["item.amount"]),
    ("item.lines.exists(l, l.price > 5)", ["item.lines", "item.lines[].price"]), ("has(item.note)", ["item.note"]),
    ("item['amount'] + counts[item.amount]", ["item.amount", "counts[]"]),
    ("item.lines[0].text", ["item.lines[].text"]), ("size(item.labels)", ["item.labels"]), ("1 + 2 == 3", []),
    ("[1].all(x, x > 0)", []), ("item.extra.a.b == 1", ["item.extra.a.b"]),
  ])
  func whatIsReadIsKnown(source: String, paths: [String]) throws {
    let program = try CELProgram.compile(source, variables: celFields)
    #expect(Set(program.reads) == Set(paths) && program.reads.count == paths.count, "\(program.reads)")
  }

  @Test func resultsOfUnknownTypeAreHeldToTheExpectedOne() throws {
    let program = try CELProgram.compile("item.extra", variables: celFields, expecting: .bool)
    #expect(try program.evaluate(["item": ["extra": true]]).get() == true)
    guard case .failure(let error) = program.evaluate(["item": ["extra": 1]]) else { Issue.record("no error"); return }
    #expect(error.shortKind == .type)
    guard case .failure(let other) = program.test(["item": ["extra": 1]]) else { Issue.record("no error"); return }
    #expect(other.shortKind == .type)
  }
}
