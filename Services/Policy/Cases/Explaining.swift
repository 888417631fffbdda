import Bundles
import Domain
import JSON

func json(_ parts: [ConfidencePart]) -> JSON {
  .array(
    parts.map { part in
      [
        "floor": .number(part.floor), "name": .string(part.name.rawValue), "origin": .string(part.origin),
        "value": part.value.map { .number($0) } ?? .null, "weight": .number(part.weight),
      ]
    })
}

/// - Parameter reads: the fields that a rule's condition reads, by the rule's id; for people, who see by them which of
///   several sources was used.
func json(_ matches: [Match], reads: (String) -> [String] = { _ in [] }) -> JSON {
  .array(
    matches.map { match in
      var object = JSONObject([
        ("because", .string(match.because)), ("code", .string(match.code.rawValue)),
        ("evidence", .string(match.evidence)), ("gate", .string(match.gate.rawValue)),
        ("route", .string(match.route.rawValue)), ("rule", .string(match.rule)),
      ])
      let reads = reads(match.rule)
      if reads.count > 1 { object["reads"] = .array(reads.map { .string($0) }) }
      if let relief = match.relief {
        object["relief"] = ["needs": .string(relief.needs), "route": .string(relief.route.rawValue)]
      }
      if let waived = match.waived {
        object["waived"] = [
          "exception": .string(waived.exception), "until": .string(waived.until), "reason": .string(waived.reason),
        ]
      }
      return .object(object)
    })
}

func json(_ quorum: Quorum) -> JSON {
  switch quorum {
  case .group(let name, let count): ["count": .integer(Int64(count)), "group": .string(name)]
  case .of(let count, let branches): ["branches": .array(branches.map { json($0) }), "of": .integer(Int64(count))]
  }
}

/// Nil for anything that `json` did not write.
func quorum(_ json: JSON, depth: Int = 0) -> Quorum? {
  guard depth < 16 else { return nil }
  if let name = json["group"]?.string, let count = json["count"]?.integer {
    return .group(name, count: Int(clamping: count))
  }
  guard let count = json["of"]?.integer, let branches = json["branches"]?.array else { return nil }
  let read = branches.compactMap { quorum($0, depth: depth + 1) }
  return read.count == branches.count ? .of(Int(clamping: count), read) : nil
}
