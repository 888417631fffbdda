import JSON

/// Compiles a schema and all that it reaches. Every subschema of the schema itself is compiled, so that a mistake
/// shows even where no reference leads; of other documents only what is reached.
final class SchemaCompiler {
  var documents: SchemaDocuments
  let assertsFormats: Bool
  private var nodes: [Node?] = []
  private var places: [ExactString: Int] = [:]
  private var waiting: [(node: Int, place: Place, value: JSON, keyword: String)] = []
  private var anchorNames: [String] = []
  private var markKeywords: [String] = []

  static let mostNodes = 100_000

  init(documents: SchemaDocuments, assertsFormats: Bool) {
    self.documents = documents
    self.assertsFormats = assertsFormats
  }

  func compile(_ schema: JSON, uri: String) throws(SchemaError) -> Program {
    let (resource, subschemas) = try documents.enter(schema, uri: uri)
    let root = try node(at: Place(resource: resource, pointer: ""), schema, under: "")
    for place in subschemas {
      let source = documents.location(place)
      let (place, value) = try documents.walk(place.pointer, from: place.resource, at: source)
      _ = try node(at: place, value, under: lastToken(of: place))
    }
    try compileWaiting()
    let anchors = try dynamicAnchors()
    let nodes = nodes.compactMap(\.self)
    try ReferenceCycles.refuse(in: nodes)
    return Program(nodes: nodes, root: root, dynamicAnchors: anchors, markKeywords: markKeywords)
  }

  /// The keyword, or the name under one, that holds a subschema.
  private func lastToken(of place: Place) -> String {
    let parts = place.pointer.split(separator: "/")
    let isNamed = parts.count > 1 && SubschemaKind(keyword: String(parts[parts.count - 2])).map { $0 != .one } == true
    return String(parts[safe: parts.count - (isNamed ? 2 : 1)] ?? "")
  }

  /// The node of the subschema at `place`, compiled later if it is new.
  func node(at place: Place, _ value: JSON, under keyword: String) throws(SchemaError) -> Int {
    let location = documents.location(place)
    let key = ExactString(location)
    if let known = places[key] { return known }
    guard nodes.count < Self.mostNodes else {
      throw SchemaError(
        location.cut(toBytes: 200), expected: "at most \(Self.mostNodes) subschemas", remedy: "split the schema")
    }
    places[key] = nodes.count
    waiting.append((nodes.count, place, value, keyword))
    nodes.append(nil)
    return nodes.count - 1
  }

  /// The place in `Program.dynamicAnchors` of an anchor name.
  func dynamicAnchor(named name: String) -> Int {
    anchorNames.place(of: name)
  }

  private func compileWaiting() throws(SchemaError) {
    while let (index, place, value, keyword) = waiting.popLast() {
      let location = documents.location(place)
      let resource = Int32(place.resource)
      switch value {
      case .bool(let isTrue):
        let steps: [Step] = isTrue ? [] : [.never(keyword: keyword)]
        nodes[index] = Node(resource: resource, location: location, steps: steps, marks: [])
      case .object(let object):
        let steps = try KeywordReader(object: object, place: place, location: location, compiler: self).steps()
        let marks = object.members.filter { $0.key.utf8.starts(with: "x-".utf8) }
          .map { (keyword: markKeywords.place(of: $0.key), value: $0.value) }
        nodes[index] = Node(resource: resource, location: location, steps: steps, marks: marks)
      default:
        throw SchemaError(
          location, expected: "a schema, so an object or a boolean", remedy: "found \(describe(value)): replace it")
      }
    }
  }

  /// Compiling what bears an anchor may bring in more documents and more names, so until nothing is new.
  private func dynamicAnchors() throws(SchemaError) -> [[Int32: Int]] {
    var tables: [[Int32: Int]] = []
    var state = (-1, -1)
    while state != (documents.resources.count, anchorNames.count) {
      state = (documents.resources.count, anchorNames.count)
      tables = []
      for name in anchorNames {
        var table: [Int32: Int] = [:]
        for resource in documents.resources.indices {
          guard let anchor = documents.anchor(name, in: resource), anchor.isDynamic else { continue }
          let (place, value) = try documents.walk(
            anchor.place.pointer, from: anchor.place.resource, at: documents.location(anchor.place))
          table[Int32(resource)] = try node(at: place, value, under: lastToken(of: place))
        }
        tables.append(table)
      }
      try compileWaiting()
    }
    return tables
  }
}

extension Array {
  /// Nil outside of the array.
  fileprivate subscript(safe index: Int) -> Element? { indices.contains(index) ? self[index] : nil }
}

extension [String] {
  /// Where the name stands; it is added if it is new. For few names only.
  fileprivate mutating func place(of name: String) -> Int {
    if let known = firstIndex(where: { $0.sameCodePoints(as: name) }) { return known }
    append(name)
    return count - 1
  }
}

/// A value's type and size, never the value.
func describe(_ value: JSON) -> String {
  switch value {
  case .null: "null"
  case .bool: "a boolean"
  case .integer: "an integer"
  case .number: "a number"
  case .string(let text): "a string of \(text.unicodeScalars.count) characters"
  case .array(let items): "an array of \(items.count) items"
  case .object(let object): "an object of \(object.count) members"
  }
}
