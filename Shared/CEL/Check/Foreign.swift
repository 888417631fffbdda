/// What people write who know spreadsheets, SQL or another language, and what stands here instead.
enum Foreign {
  /// Words where an operator is expected.
  static func word(_ word: String) -> String? { words[word.lowercased()] }

  /// Names of functions, in lower case without underscores.
  static func function(_ name: String) -> String? {
    functions[name.lowercased().filter { $0 != "_" }]
  }

  /// Names that stand for a value elsewhere.
  static func value(_ name: String) -> String? { values[name.lowercased()] }

  private static let words = [
    "and": "write '&&'", "or": "write '||'", "not": "write '!' before it", "is": "write '=='", "eq": "write '=='",
    "equals": "write '=='", "ne": "write '!='", "gt": "write '>'", "ge": "write '>='", "lt": "write '<'",
    "le": "write '<='", "mod": "write '%'", "contains": "write text.contains('part')",
    "includes": "write text.contains('part')", "startswith": "write text.startsWith('part')",
    "endswith": "write text.endsWith('part')", "like": "write text.contains('part') or text.matches('pattern')",
    "matches": "write text.matches('pattern')", "between": "write a >= 1 && a <= 100", "then": "write condition ? a : b",
    "else": "write condition ? a : b", "if": "write condition ? a : b", "when": "write '&&'", "xor": "write '!='",
    "exists": "write has(name.field)",
  ]

  private static let functions = [
    "len": "write size(…)", "length": "write size(…)", "count": "write size(…)", "isempty": "write size(…) == 0",
    "includes": "write text.contains('part')", "contain": "write text.contains('part')",
    "any": "write list.exists(x, …)", "some": "write list.exists(x, …)", "every": "write list.all(x, …)",
    "one": "write list.exists_one(x, …)", "find": "write list.exists(x, …) or list.filter(x, …)",
    "tolowercase": "write lowerAscii()", "tolower": "write lowerAscii()", "lower": "write lowerAscii()",
    "touppercase": "write upperAscii()", "toupper": "write upperAscii()", "upper": "write upperAscii()",
    "strip": "write trim()", "concat": "join texts with '+'", "regex": "write text.matches('pattern')",
    "regexp": "write text.matches('pattern')", "match": "write text.matches('pattern')",
    "test": "write text.matches('pattern')", "defined": "write has(name.field)", "isset": "write has(name.field)",
    "isnull": "write !has(name.field) or name == null", "notnull": "write has(name.field)", "not": "write !(…)",
    "and": "write a && b", "or": "write a || b", "if": "write condition ? a : b", "iif": "write condition ? a : b",
    "in": "write value in [a, b]", "between": "write a >= 1 && a <= 100", "number": "write double(…) or int(…)",
    "float": "write double(…)", "integer": "write int(…)", "parseint": "write int(…)", "str": "write string(…)",
    "text": "write string(…)", "date": "write timestamp('2026-01-31T09:30:00Z')",
    "datetime": "write timestamp('2026-01-31T09:30:00Z')", "year": "write getFullYear()", "month": "write getMonth()",
    "day": "write getDate()", "hour": "write getHours()", "hours": "write duration('36h')",
    "days": "write duration('72h'), a day is 24h", "now": noClock, "today": noClock, "currenttime": noClock,
    "min": "write a < b ? a : b", "max": "write a > b ? a : b", "abs": "write a < 0 ? -a : a", "sum": noSum,
    "avg": noSum, "average": noSum, "round": noRounding, "floor": noRounding, "ceil": noRounding,
  ]

  private static let values = [
    "now": noClock, "today": noClock, "undefined": "write has(name.field)", "none": "write null", "nil": "write null",
    "yes": "write true", "no": "write false", "not": "write '!' before it",
  ]

  private static let noClock = "a rule reads no clock, so that it always gives the same answer: compare two fields"
  private static let noSum = "lists are not added up: have the item carry the total as a field"
  private static let noRounding = "numbers are not rounded: compare with an edge, as in a >= 1.5"
}
