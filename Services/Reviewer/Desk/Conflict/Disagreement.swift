import Domain
import JSON
import Wire

/// A field on which the case's sources do not agree.
struct Disagreement: Sendable, Equatable {
  struct Entry: Sendable, Equatable {
    /// Where it stands: `item` for the request, otherwise the source's name.
    let side: String
    let path: [String]
    let value: JSON
    /// Codes of the reasons whose rules read it; empty where policy used another one.
    let usedBy: [String]
  }
  let title: String
  let entries: [Entry]

  /// The value that most of them have; nil where none has more than another.
  var usual: JSON? {
    let counts = entries.map { entry in entries.count { $0.value == entry.value } }
    guard let most = counts.max(), most > 1, let at = counts.firstIndex(of: most) else { return nil }
    return zip(entries, counts).allSatisfy { $1 < most || $0.value == entries[at].value } ? entries[at].value : nil
  }
}

/// Finds what disagrees: fields of one name in several sources, and fields that a rule of policy compared.
struct Disagreements {
  /// A place where fields stand.
  struct Side: Sendable {
    let name: String
    let fields: JSON
    /// Nil for the request.
    let source: JSON?
  }
  let sides: [Side]
  private(set) var found: [Disagreement] = []

  /// Fields by which each record names itself and its own state: they differ by nature.
  private static let own: Set<String> = ["id", "at", "status", "state", "version", "kind", "type", "method", "url", "etag", "created_at", "updated_at"]

  init(_ file: JSON) {
    let sources = (file["sources"]?.array ?? []).filter { $0["found"]?.bool ?? true && $0["fields"]?.object != nil }
    sides = [Side(name: "item", fields: file["data"] ?? .null, source: nil)]
      + sources.map { Side(name: $0["name"]?.string ?? "", fields: $0["fields"] ?? .null, source: $0) }
    let uses = readings(file)
    var groups = compared(file) + namesakes()
    join(&groups)
    let order = sides.map(\.name)
    let disagreeing = groups.compactMap { group -> Disagreement? in
      let entries = order.flatMap { name in group.filter { $0.side == name } }.map { place in
        Disagreement.Entry(side: place.side, path: place.path, value: place.value, usedBy: uses.filter { $0.0 == place }.map(\.1))
      }
      guard Set(entries.map(\.side)).count > 1, entries.contains(where: { $0.value != entries[0].value }) else { return nil }
      var titles: [String] = []
      for title in entries.map({ Plain.words($0.path.last ?? "") }) where !titles.contains(title) { titles.append(title) }
      return Disagreement(title: titles.joined(separator: ", "), entries: entries)
    }
    // What policy went by comes first.
    let isUsed = { (each: Disagreement) in each.entries.contains { !$0.usedBy.isEmpty } }
    found = disagreeing.filter(isUsed) + disagreeing.filter { !isUsed($0) }
  }

  private struct Place: Equatable {
    let side: String
    let path: [String]
    let value: JSON
    static func == (a: Place, b: Place) -> Bool { a.side == b.side && a.path == b.path }
  }

  /// What rules that matched read, with the codes of their reasons.
  private func readings(_ file: JSON) -> [(Place, String)] {
    (file["matches"]?.array ?? []).flatMap { match -> [(Place, String)] in
      let reads = match["reads"]?.array ?? [match["evidence"] ?? .null]
      let code = match["code"]?.string ?? ""
      return reads.compactMap { $0.string.flatMap { place($0, file) } }.map { ($0, code) }
    }
  }

  /// Amounts that one rule read together, and other fields of one name that it did.
  private func compared(_ file: JSON) -> [[Place]] {
    (file["matches"]?.array ?? []).flatMap { match -> [[Place]] in
      let places = (match["reads"]?.array ?? []).compactMap { $0.string.flatMap { place($0, file) } }
      let isAmount = { (place: Place) in Plain.money(place.value) != nil }
      let amounts = places.filter(isAmount), others = Dictionary(grouping: places.filter { !isAmount($0) }) { $0.path.last ?? "" }
      return [unique(amounts)] + others.sorted { $0.key < $1.key }.map { unique($0.value) }
    }.filter { $0.count > 1 }
  }

  private func unique(_ places: [Place]) -> [Place] { places.reduce(into: []) { if !$0.contains($1) { $0.append($1) } } }

  /// Fields that stand under the same name in several places.
  private func namesakes() -> [[Place]] {
    var groups: [(path: [String], places: [Place])] = []
    for side in sides {
      for leaf in Leaf.all(of: side.fields, limit: 200) where leaf.path.count <= 2 && isComparable(leaf) {
        let place = Place(side: side.name, path: leaf.path, value: leaf.value)
        if let at = groups.firstIndex(where: { $0.path == leaf.path }) { groups[at].places.append(place) } else { groups.append((leaf.path, [place])) }
      }
    }
    return groups.map(\.places).filter { $0.count > 1 }
  }

  private func isComparable(_ leaf: Leaf) -> Bool {
    guard let name = leaf.path.last, !Self.own.contains(name), Int(name) == nil else { return false }
    switch leaf.value {
    case .string(let text): return text.utf8.count <= 200
    case .bool, .integer, .number: return true
    default: return Plain.money(leaf.value) != nil
    }
  }

  /// Where a path of policy's leads: `item.amount.minor`, `current.total`, `sources.order.fields.total.minor`.
  private func place(_ read: String, _ file: JSON) -> Place? {
    guard !read.contains("[") else { return nil }
    var path = read.split(separator: ".").map(String.init)
    guard let root = path.first else { return nil }
    path.removeFirst()
    let side: Side?
    switch root {
    case "item": side = sides[0]
    case "current": side = sides.first { $0.source != nil && $0.fields == file["current"] }
    case "sources" where path.count > 2 && path[1] == "fields":
      let name = path[0]
      side = sides.first { $0.source != nil && $0.name == name }
      path.removeFirst(2)
    default: side = nil
    }
    guard let side, !path.isEmpty else { return nil }
    if path.count > 1, Plain.money(value(side.fields, path.dropLast()) ?? .null) != nil { path.removeLast() }
    return value(side.fields, path[...]).flatMap { $0.isNull ? nil : Place(side: side.name, path: path, value: $0) }
  }

  private func value(_ json: JSON, _ path: ArraySlice<String>) -> JSON? {
    path.reduce(Optional(json)) { $0?[$1] }
  }

  /// Groups that share a place are one.
  private func join(_ groups: inout [[Place]]) {
    var joined: [[Place]] = []
    for group in groups {
      let (same, others) = (joined.filter { $0.contains(where: group.contains) }, joined.filter { !$0.contains(where: group.contains) })
      joined = others + [unique(same.flatMap { $0 } + group)]
    }
    groups = joined
  }
}
