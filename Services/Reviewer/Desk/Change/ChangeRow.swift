import JSON

/// A place of an action's body with what stands there on each side: now, as proposed, as edited.
struct ChangeRow: Sendable, Equatable {
  /// Names and, for elements of lists, what tells them apart.
  let path: [String]
  /// As people call the place: `Lines, CH-1, quantity`.
  let title: String
  /// One for each side; nil where nothing stands there.
  let values: [JSON?]

  /// Whether all sides that were asked for agree.
  var isSame: Bool { values.dropFirst().allSatisfy { $0 == values[0] } }
}

/// Lays several versions of one value side by side, place by place: members by name, elements of lists by what identifies
/// them, or by their place.
struct SideBySide {
  private(set) var rows: [ChangeRow] = []
  /// Whether there is more than is shown.
  private(set) var isCut = false

  static let mostRows = 200
  private static let deepest = 8
  private static let identities = ["id", "key", "code", "sku", "line", "number", "article", "name"]

  /// - Parameters:
  ///   - current: what there is now; of its members those count that a version names, and all of those below.
  ///   - versions: at least one.
  ///   - schema: gives places their titles.
  ///   - isWhole: also members of `current` count that no version names.
  init(current: JSON?, versions: [JSON?], schema: JSON?, isWhole: Bool = false) {
    collect([current] + versions, [], "", schema, isRoot: !isWhole)
  }

  private mutating func collect(_ sides: [JSON?], _ path: [String], _ title: String, _ schema: JSON?, isRoot: Bool = false) {
    let sides = sides.map { $0.flatMap { $0.isNull ? nil : $0 } }
    let versions = sides.dropFirst().compactMap { $0 }
    let known = isRoot ? versions : sides.compactMap { $0 }
    guard rows.count < Self.mostRows else {
      isCut = true
      return
    }
    if path.count < Self.deepest, !versions.isEmpty || isRoot {
      if known.allSatisfy({ $0.object != nil && Plain.money($0) == nil }), known.contains(where: { $0.object?.isEmpty == false }) {
        return collectMembers(sides, known, path, title, schema)
      }
      if !isRoot, known.allSatisfy({ $0.array != nil }), known.contains(where: Self.holdsRecords) {
        return collectElements(sides, path, title, schema)
      }
    }
    guard !isRoot || !versions.isEmpty else { return }
    rows.append(ChangeRow(path: path, title: title.isEmpty ? "Value" : title, values: sides))
  }

  private mutating func collectMembers(_ sides: [JSON?], _ known: [JSON], _ path: [String], _ title: String, _ schema: JSON?) {
    var names: [String] = []
    var seen: Set<[UInt8]> = []
    // In the order in which the schema asks for them, which is that in which people think of them.
    let asked = (schema?["required"]?.array ?? []).compactMap(\.string)
    for name in asked.filter({ name in known.contains { $0[name] != nil } }) + known.flatMap({ $0.object?.keys ?? [] })
    where seen.insert(Array(name.utf8)).inserted { names.append(name) }
    for name in names {
      let part = schema?["properties"]?[name]
      let own = part?["title"]?.string ?? Plain.words(name)
      collect(sides.map { $0?[name] }, path + [name], title.isEmpty ? own : "\(title), \(lowered(own))", part)
    }
  }

  private mutating func collectElements(_ sides: [JSON?], _ path: [String], _ title: String, _ schema: JSON?) {
    let lists = sides.map { $0?.array }
    let identity = Self.identity(of: lists.compactMap { $0 })
    var labels: [String] = []
    var seen: Set<[UInt8]> = []
    let marked = lists.map { list in
      list.map { list in
        list.enumerated().map { index, element in (label: identity.flatMap { element[$0]?.text } ?? "\(index + 1)", element: element) }
      }
    }
    for (label, _) in marked.compactMap({ $0 }).joined() where seen.insert(Array(label.utf8)).inserted { labels.append(label) }
    for label in labels {
      let elements = marked.map { $0?.first { $0.label.utf8.elementsEqual(label.utf8) }?.element }
      let name = elements.compactMap { element in identity.flatMap { element?[$0] } }.first.map { $0.string ?? $0.text }
      collect(elements, path + [label], "\(title), \(name ?? "entry \(label)")", schema?["items"])
    }
  }

  /// A member by which the elements of each of the lists can be told apart.
  private static func identity(of lists: [[JSON]]) -> String? {
    identities.first { name in
      lists.allSatisfy { list in
        var seen: Set<[UInt8]> = []
        return list.allSatisfy { element in
          guard let value = element[name], value.string != nil || value.integer != nil else { return false }
          return seen.insert(Array(value.text.utf8)).inserted
        }
      }
    }
  }

  private static func holdsRecords(_ json: JSON) -> Bool { (json.array ?? []).contains { $0.object != nil || $0.array != nil } }

  private func lowered(_ title: String) -> String {
    title.utf8.first.map { $0 < 0x80 } ?? true ? title.prefix(1).lowercased() + title.dropFirst() : title
  }
}
