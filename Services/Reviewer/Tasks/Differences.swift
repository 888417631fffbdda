import JSON
import Wire

/// What of a case file differs from the version before, place by place, for whoever has read that one.
enum Differences {
  /// Of one change of version; more are not told apart.
  static let most = 40
  private static let longest = 600
  private static let lead = 80

  /// `[{"version", "part", "place", "was"?, "is"?}]`, texts at most 600 characters around what differs.
  static func between(_ before: JSON, _ after: JSON) -> [JSON] {
    let version = after["version"] ?? 0
    let found = ["action", "current", "data", "output", "sources"].flatMap { part -> [JSON] in
      let (a, b) = (side(before, part), side(after, part))
      guard a != b else { return [] }
      let laid = SideBySide(current: a, versions: [b], schema: nil, isWhole: true)
      return laid.rows.filter { !$0.isSame }.map { row in
        var entry = JSONObject([("version", version), ("part", .string(part)), ("place", .string(row.title))])
        let (was, now) = cut(row.values[0], row.values[1])
        entry["was"] = was
        entry["is"] = now
        return .object(entry)
      }
    }
    return Array(found.prefix(most))
  }

  /// Sources by their names, with what they said and not when.
  private static func side(_ request: JSON, _ part: String) -> JSON? {
    guard part == "sources" else { return request[part] }
    return .object(
      JSONObject(
        (request["sources"]?.array ?? []).compactMap { source in
          source["name"]?.string.map { ($0, source["found"]?.bool == false ? .null : source["fields"] ?? .null) }
        }))
  }

  private static func cut(_ a: JSON?, _ b: JSON?) -> (JSON?, JSON?) {
    guard case .string(let x)? = a, case .string(let y)? = b else { return (a.map(whole), b.map(whole)) }
    let common = zip(x.unicodeScalars, y.unicodeScalars).prefix { $0 == $1 }.count
    let start = max(0, common - lead)
    return (.string(window(x, start)), .string(window(y, start)))
  }

  private static func whole(_ json: JSON) -> JSON {
    switch json {
    case .string(let text): .string(window(text, 0))
    case .array, .object: json.canonical.count <= 4 * longest ? json : .string(window(json.text, 0))
    default: json
    }
  }

  private static func window(_ text: String, _ start: Int) -> String {
    let scalars = text.unicodeScalars
    guard scalars.count > longest || start > 0 && scalars.count > lead * 2 else { return text }
    let piece = scalars.dropFirst(start).prefix(longest)
    return (start > 0 ? "… " : "") + String(String.UnicodeScalarView(piece)) + (start + piece.count < scalars.count ? " …" : "")
  }
}
