import Bundles
import Domain
import JSON

func json(_ parts: [ConfidencePart]) -> JSON {
  .array(
    parts.map { part in
      [
        "name": .string(part.name.rawValue), "value": part.value.map { .number($0) } ?? .null,
        "weight": .number(part.weight), "floor": .number(part.floor), "origin": .string(part.origin),
      ]
    })
}

/// - Parameter reads: the fields that a rule's condition reads, by the rule's id; for people, who see by them which of
///   several sources was used.
func json(_ matches: [Match], reads: (String) -> [String] = { _ in [] }) -> JSON {
  .array(
    matches.map { match in
      var object = JSONObject([
        ("rule", .string(match.rule)), ("gate", .string(match.gate.rawValue)), ("code", .string(match.code.rawValue)),
        ("route", .string(match.route.rawValue)), ("because", .string(match.because)),
        ("evidence", .string(match.evidence)),
      ])
      let reads = reads(match.rule)
      if reads.count > 1 { object["reads"] = .array(reads.map { .string($0) }) }
      if let relief = match.relief {
        object["relief"] = ["route": .string(relief.route.rawValue), "needs": .string(relief.needs)]
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
  case .group(let name, let count): ["group": .string(name), "count": .integer(Int64(count))]
  case .of(let count, let branches): ["of": .integer(Int64(count)), "branches": .array(branches.map { json($0) })]
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
