import CEL
import JSON

/// A source with the CEL type of its record.
struct TypedSource: Sendable {
  var source: Source
  var fields: CELType
}

/// Reads `sources`.
struct SourceReader {
  let mistakes: Mistakes
  let item: JSON
  let itemType: CELType
  let schemas: [String: JSON]

  func read(_ root: Section) -> [TypedSource] {
    let sources = root.sections("sources", atMost: 16).compactMap(read(one:))
    for (index, typed) in sources.enumerated()
    where sources[..<index].contains(where: { $0.source.name == typed.source.name }) {
      mistakes.add(root.line, "sources", "each name once, \(typed.source.name) stands twice", "rename one")
    }
    if sources.filter(\.source.current).count > 1 {
      mistakes.add(root.line, "sources", "one source at most marked current", "keep the one that the action changes")
    }
    return sources
  }

  private func read(one section: Section) -> TypedSource? {
    defer { section.finish() }
    let name = section.text("name", required: "name it, such as ticket", longest: 40)
    let kind = section.choice("kind", Source.Kind.self, required: true)
    let url =
      kind == .http ? section.text("url", required: "write a path such as /tickets/{item.ticket}", longest: 500) : nil
    let from = kind == .item ? path(section, "from") : nil
    let folder =
      kind == .directory ? section.text("folder", required: "name a folder of the workflow", longest: 100) : nil
    let query = kind == .directory ? path(section, "query") : nil
    let timeout = section.whole("timeout_ms", in: 10...60_000, default: 1_000)
    let shelfLife = section.duration("shelf_life", in: 1...31_536_000, default: 86_400)
    let required = section.flag("required")
    let current = section.flag("current")
    let mustView = section.flag("must_view")
    let looksAgain = section.flag("look_again", default: true)
    let schema = section.text("schema", longest: 100)
    let fields = section.section("fields")
    guard let name, let kind else { return nil }
    if !isName(name.text) {
      mistakes.add(name, "a name of letters, digits and _ expected", "write one such as purchase_order")
    }
    if let url { check(url) }
    if let folder, folder.text.hasPrefix("/") || folder.text.contains("..") {
      mistakes.add(folder, "a folder inside the workflow's expected", "write it without / at the start and without ..")
    }
    return TypedSource(
      source: Source(
        name: name.text, kind: kind, url: url?.text ?? "", from: from?.text ?? "", folder: folder?.text ?? "",
        query: query?.text ?? "", timeoutMilliseconds: timeout, shelfLifeSeconds: shelfLife, required: required,
        current: current, mustView: mustView, looksAgain: looksAgain, schema: schema?.text ?? ""),
      fields: type(schema, fields, section))
  }

  private func type(_ schema: LocatedText?, _ fields: Section?, _ section: Section) -> CELType {
    switch (schema, fields) {
    case (let schema?, nil):
      guard let document = schemas[schema.text] else {
        mistakes.add(schema, "a schema file of this workflow expected", "add \(schema.text) to the folder")
        return .dyn
      }
      return SchemaTypes.type(of: document)
    case (nil, let fields?):
      var types: [String: CELType] = [:]
      for key in fields.keys { types[key] = fields.choice(key, FieldType.self, required: true)?.type ?? .dyn }
      return .object(types)
    case (nil, nil): return .object([:])
    default:
      mistakes.add(section.line, section.path, "either schema or fields expected, not both", "keep schema")
      return .dyn
    }
  }

  private enum FieldType: String, CaseIterable {
    case string, int, number, bool, list, map

    var type: CELType {
      switch self {
      case .string: .string
      case .int: .int
      case .number: .double
      case .bool: .bool
      case .list: .list(.dyn)
      case .map: .map(.string, .dyn)
      }
    }
  }

  private func path(_ section: Section, _ key: String) -> LocatedText? {
    guard let text = section.text(key, required: "name a field, such as item.body", longest: 200) else { return nil }
    _ = declared(text.text[...], text)
    return text
  }

  /// A request leaves the house before anyone decided, so it may carry unmarked fields only.
  private func check(_ url: LocatedText) {
    if !url.text.hasPrefix("/") && !url.text.hasPrefix("https://") && !url.text.hasPrefix("http://") {
      mistakes.add(url, "a path from / or an http address expected", "write a path such as /tickets/{item.ticket}")
    }
    var rest = url.text[...]
    while let open = rest.firstIndex(of: "{") {
      guard let close = rest[open...].firstIndex(of: "}") else {
        mistakes.add(url, "a closing } expected", "write {item.field}")
        return
      }
      let place = rest[rest.index(after: open)..<close]
      switch declared(place, url) {
      case .string, .int, .nullable: break
      case nil: return
      default: mistakes.add(url, "\(place) must be a text or a whole number", "choose another field")
      }
      rest = rest[rest.index(after: close)...]
    }
  }

  /// The type of an unmarked field of the item, else nil with a mistake.
  private func declared(_ path: Substring, _ text: LocatedText) -> CELType? {
    let names = path.split(separator: ".", omittingEmptySubsequences: false)
    guard names.first == "item", names.count > 1 else {
      mistakes.add(text, "a field of the item expected, found \(path)", "write it as item.field")
      return nil
    }
    var type = itemType
    for name in names.dropFirst() {
      guard case .object(let fields) = type, let next = fields[String(name)] else {
        let near: String? =
          if case .object(let fields) = type { nearest(String(name), among: fields.keys.sorted()) } else { nil }
        mistakes.add(
          text, "\(path) is no field of the item schema", near.map { "did you mean \($0)?" } ?? "add it there first")
        return nil
      }
      type = next
    }
    guard !SchemaTypes.isMarked(Array(names.dropFirst()), in: item) else {
      mistakes.add(text, "\(path) is marked personal or secret and may not leave in a request", "use an unmarked field")
      return nil
    }
    return type
  }
}

/// Whether a text can be a name in an expression.
func isName(_ text: String) -> Bool {
  guard let first = text.utf8.first, !(0x30...0x39).contains(first) else { return false }
  return text.utf8.allSatisfy { $0 == 0x5F || isAlphanumeric($0) }
}
