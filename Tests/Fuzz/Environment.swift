import CEL

/// Declared variables and data that fits them.
enum Environment {
  static let types: [String: CELType] = [
    "number": .double, "whole": .int, "unsigned": .uint, "text": .string, "flag": .bool, "octets": .bytes,
    "when": .timestamp, "span": .duration, "nothing": .null, "list": .list(.int), "deep": .list(.list(.list(.int))),
    "map": .map(.string, .int), "any": .dyn, "dotted.name": .string,
    "object": .object([
      "name": .string, "maybe": .nullable(.string),
      "lines": .list(.object(["price": .double, "text": .string, "name": .string])),
    ]),
  ]

  static func data(_ chance: inout Chance) -> [String: CELValue] {
    let line: CELValue = ["price": 1.5, "text": "é", "name": "n"]
    var data: [String: CELValue] = [
      "number": .double(chance.pick([0, -0.0, 1.5, .nan, .infinity, -.infinity, .greatestFiniteMagnitude, .leastNonzeroMagnitude])),
      "whole": .int(chance.pick([0, 1, -1, .max, .min, 7])), "unsigned": .uint(chance.pick([0, 1, .max])),
      "text": .string(chance.pick(["", "a", "e\u{301}🐱\u{0}", "12", String(repeating: "ab", count: 5_000)])),
      "flag": .bool(chance.one(in: 2)), "octets": .bytes(chance.pick([[], [0, 255, 195], Array("text".utf8)])),
      "nothing": .null, "list": .list((0..<chance.pick([0, 1, 100, 3_000])).map { .int($0) }),
      "deep": [[[1, 2], []], []], "map": chance.one(in: 2) ? ["a": 1, "name": 2] : [:],
      "any": chance.pick([.null, 1, 1.5, "text", true, [1, "a", [2.0]], ["name": ["name": 1]], .bytes([1])]),
      "dotted.name": "dotted", "object": ["name": "n", "lines": [line, line]],
    ]
    data["when"] = CELTimestamp(chance.pick(["2026-01-31T09:30:00.123Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])).map {
      .timestamp($0)
    }
    data["span"] = CELDuration(chance.pick(["36h", "-1ns", "2562047h"])).map { .duration($0) }
    return data
  }
}
