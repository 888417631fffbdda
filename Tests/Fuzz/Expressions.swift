/// Expressions by the grammar of cel-spec, most of them sound, over the names of `Environment`.
struct Expressions {
  private static let leaves = [
    "0", "1", "-1", "9223372036854775807", "-9223372036854775808", "0x7F", "1u", "18446744073709551615u", "1.5", "-0.0",
    "1e308", "5e-324", "''", "'a'", "\"é🐱\"", "r'\\d+'", "'''a\nb'''", "b'\\xff\\000'", "'\\u00e9\\n'", "true", "false",
    "null", "[]", "{}", "int", "type(1)", "duration('1h30m')", "duration('-0.000000001s')", "timestamp(0)",
    "timestamp('9999-12-31T23:59:59.999999999Z')", "timestamp('0001-01-01T00:00:00Z')", "number", "whole", "unsigned",
    "text", "flag", "octets", "when", "span", "nothing", "list", "deep", "map", "object.name", "object.lines[0].price",
    "object.maybe", "any", "missing", "object.missing", "dotted.name",
  ]
  private static let binary = ["+", "-", "*", "/", "%", "==", "!=", "<", "<=", ">", ">=", "&&", "||", " in "]
  private static let macros = ["all", "exists", "exists_one", "filter", "map"]
  private static let globals = [
    "size", "int", "uint", "double", "string", "bytes", "bool", "type", "dyn", "timestamp", "duration", "strings.quote",
  ]
  private static let methods: [(name: String, arguments: Int)] = [
    ("size", 0), ("contains", 1), ("startsWith", 1), ("endsWith", 1), ("matches", 1), ("charAt", 1), ("indexOf", 1),
    ("indexOf", 2), ("lastIndexOf", 1), ("lastIndexOf", 2), ("join", 0), ("join", 1), ("lowerAscii", 0), ("upperAscii", 0),
    ("replace", 2), ("replace", 3), ("split", 1), ("split", 2), ("substring", 1), ("substring", 2), ("trim", 0),
    ("reverse", 0), ("format", 1), ("getFullYear", 0), ("getMonth", 0), ("getDate", 1), ("getHours", 1), ("getMinutes", 0),
    ("getSeconds", 0), ("getMilliseconds", 0), ("getDayOfWeek", 1), ("getDayOfYear", 0), ("getDayOfMonth", 1),
  ]
  private static let texts = [
    "'(a|b)*c'", "'[[:alpha:]]{2,}'", "'((a{9}){9}){9}'", "'Europe/Berlin'", "'+05:30'", "'%s %d %.3f %x %e %b %o'", "'%'",
    "'2026-01-31T09:30:00+14:00'", "'1h1m1s1ms1us1ns'", "'-9223372036854775808'", "'1e400'",
  ]

  var chance: Chance

  mutating func next() -> String {
    if chance.one(in: 200) { return nested() }
    return tree(1 + chance.below(6))
  }

  /// As deep or long as hostile ones are.
  private mutating func nested() -> String {
    let count = 1 << chance.below(12)
    let (open, close) = chance.pick([
      ("(", ")"), ("[", "]"), ("{'a': ", "}"), ("-", ""), ("!", ""), ("size(", ")"), ("1+", ""), ("text+", ""),
      ("[x].map(x, ", ")"), ("true ? 1 : ", ""), ("a.", ""), ("list.all(a, ", ")"), ("[[", "]"), ("f(", ""),
      ("true && ", ""),
    ])
    return String(repeating: open, count: count) + tree(1) + String(repeating: close, count: count)
  }

  private mutating func tree(_ depth: Int) -> String {
    if depth == 0 { return chance.pick(chance.one(in: 8) ? Self.texts : Self.leaves) }
    func part(_ chance: inout Chance) -> String {
      var inner = Expressions(chance: chance)
      defer { chance = inner.chance }
      return inner.tree(depth - 1 - (inner.chance.one(in: 3) ? min(depth - 1, 1) : 0))
    }
    let a = part(&chance), b = part(&chance)
    switch chance.below(16) {
    case 0, 1, 2, 3: return "(\(a) \(chance.pick(Self.binary)) \(b))"
    case 4: return "(\(a) ? \(b) : \(part(&chance)))"
    case 5: return "\(chance.pick(["!", "-", "--"]))(\(a))"
    case 6: return "[\(a), \(b), \(part(&chance))]"
    case 7: return "{\(a): \(b)}"
    case 8, 9:
      let name = chance.pick(["a", "b", "list", "text"])
      return "(\(a)).\(chance.pick(Self.macros))(\(name), \(chance.one(in: 2) ? b : "\(name) == \(b)"))"
    case 10: return "\(chance.pick(Self.globals))(\(a))"
    case 11, 12:
      let method = chance.pick(Self.methods)
      let arguments = (0..<method.arguments).map { $0 == 0 ? b : part(&chance) }
      return "(\(a)).\(method.name)(\(arguments.joined(separator: ", ")))"
    case 13: return "(\(a))[\(b)]"
    case 14: return chance.one(in: 2) ? "has((\(a)).name)" : "(\(a)).name"
    default: return "has(object.\(chance.pick(["name", "maybe", "missing"]))) && \(b)"
    }
  }
}
