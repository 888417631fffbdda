import JSON

/// A place in a schema: a resource (a schema with a URI of its own) and a JSON pointer from its root.
struct Place: Sendable {
  var resource: Int
  var pointer: String
}

/// All schema resources that one compilation has met, with their URIs and anchors.
struct SchemaDocuments {
  struct Resource {
    let uri: String
    let root: JSON
    let vocabularies: Vocabularies
  }

  struct Anchor {
    let place: Place
    let isDynamic: Bool
  }

  private(set) var resources: [Resource] = []
  private var byURI: [ExactString: Int] = [:]
  /// Resources inside of others, by the place of their root as seen from the resource around them.
  private var embedded: [ExactString: Int] = [:]
  private var anchors: [ExactString: Anchor] = [:]
  private let remotes: (String) -> JSON?

  /// No schema has more, nor nests deeper: both bound what a hostile one costs.
  static let mostResources = 1_000
  static let deepest = 256

  init(remotes: @escaping (String) -> JSON?) { self.remotes = remotes }

  // MARK: Entering documents

  /// Enters a document under the URI by which it was found. Gives its root resource and all subschemas in it.
  mutating func enter(_ root: JSON, uri: String) throws(SchemaError) -> (resource: Int, subschemas: [Place]) {
    var found: [Place] = []
    let base = URIReference(uri)
    let resource = try open(root, base: base, parent: .standard, into: &found)
    byURI[ExactString(base.withoutFragment)] = resource
    return (resource, found)
  }

  /// A resource's root with all below it.
  private mutating func open(
    _ root: JSON, base: URIReference, parent: Vocabularies, level: Int = 0, into found: inout [Place]
  ) throws(SchemaError) -> Int {
    var uri = base
    if let id = root["$id"] {
      let place = base.withoutFragment + "#/$id"
      guard let text = id.string else { throw SchemaError(place, expected: "a string", remedy: "give $id a URI") }
      let own = URIReference(text)
      guard own.fragment?.isEmpty != false else {
        throw SchemaError(place, expected: "a URI without fragment", remedy: "use $anchor for a name within the schema")
      }
      uri = own.resolved(against: base)
    }
    let name = uri.withoutFragment
    if let known = byURI[ExactString(name)] {
      if resources[known].root == root { return known }
      throw SchemaError(name + "#", expected: "each $id once", remedy: "give one of the two schemas another $id")
    }
    guard resources.count < Self.mostResources else {
      throw SchemaError(
        name + "#", expected: "at most \(Self.mostResources) schema resources", remedy: "split the schema")
    }
    let vocabularies = try vocabularies(of: root, parent: parent, at: name)
    let index = resources.count
    resources.append(Resource(uri: name, root: root, vocabularies: vocabularies))
    byURI[ExactString(name)] = index
    try scan(root, Place(resource: index, pointer: ""), level: level, into: &found)
    return index
  }

  private mutating func vocabularies(of root: JSON, parent: Vocabularies, at name: String) throws(SchemaError)
    -> Vocabularies
  {
    guard let dialect = root["$schema"] else { return parent }
    let place = name + "#/$schema"
    guard let text = dialect.string else {
      throw SchemaError(place, expected: "a string", remedy: "give $schema a URI")
    }
    let uri = URIReference(text).withoutFragment
    if uri.sameCodePoints(as: Vocabularies.standardURI) { return .standard }
    guard let metaSchema = find(document: uri) else {
      throw SchemaError(place, expected: "a known meta-schema", remedy: "use \(Vocabularies.standardURI)")
    }
    return try Vocabularies(metaSchema: metaSchema, at: place)
  }

  // MARK: Finding subschemas

  private mutating func scan(_ value: JSON, _ place: Place, level: Int, into found: inout [Place]) throws(SchemaError) {
    guard level <= Self.deepest else {
      throw SchemaError(
        location(place).cut(toBytes: 200), expected: "at most \(Self.deepest) nested subschemas",
        remedy: "use $defs and $ref")
    }
    if !place.pointer.isEmpty, let _ = value["$id"] {
      let resource = resources[place.resource]
      let inner = try open(
        value, base: URIReference(resource.uri), parent: resource.vocabularies, level: level, into: &found)
      embedded[ExactString(location(place))] = inner
      return
    }
    found.append(place)
    guard let object = value.object else { return }
    try enterAnchors(object, place)
    for (key, child) in object.members {
      guard let kind = SubschemaKind(keyword: key) else { continue }
      let start = place.pointer + "/" + key
      switch (kind, child) {
      case (.one, _): try scan(child, Place(resource: place.resource, pointer: start), level: level + 1, into: &found)
      case (.list, .array(let items)):
        for (index, item) in items.enumerated() {
          let place = Place(resource: place.resource, pointer: "\(start)/\(index)")
          try scan(item, place, level: level + 1, into: &found)
        }
      case (.map, .object(let map)):
        for (key, item) in map.members {
          let place = Place(resource: place.resource, pointer: start + "/" + JSON.escape(pointerToken: key))
          try scan(item, place, level: level + 1, into: &found)
        }
      default: continue  // The compiler says what is wrong with it.
      }
    }
  }

  private mutating func enterAnchors(_ object: JSONObject, _ place: Place) throws(SchemaError) {
    for keyword in ["$anchor", "$dynamicAnchor"] {
      guard let value = object[keyword] else { continue }
      guard let name = value.string, Self.isAnchor(name) else {
        throw SchemaError(
          location(place) + "/" + keyword, expected: "a letter or _, then letters, digits, - . _",
          remedy: "give the anchor another name")
      }
      let key = ExactString("\(place.resource)#\(name)")
      if let known = anchors[key], !known.place.pointer.sameCodePoints(as: place.pointer) {
        throw SchemaError(
          location(place) + "/" + keyword, expected: "each anchor once", remedy: "rename one of the two")
      }
      let isDynamic = keyword == "$dynamicAnchor" || anchors[key]?.isDynamic == true
      anchors[key] = Anchor(place: place, isDynamic: isDynamic)
    }
  }

  private static func isAnchor(_ name: String) -> Bool {
    guard let first = name.unicodeScalars.first, first.isASCIILetter || first == "_" else { return false }
    return name.unicodeScalars.allSatisfy { $0.isASCIILetter || $0.isASCIIDigit || "-._".unicodeScalars.contains($0) }
  }

  // MARK: Looking up

  func location(_ place: Place) -> String { resources[place.resource].uri + "#" + place.pointer }

  func anchor(_ name: String, in resource: Int) -> Anchor? { anchors[ExactString("\(resource)#\(name)")] }

  /// Where the reference `text` in the resource `base` leads, and the value there. Fetches documents not yet known.
  mutating func resolve(_ text: String, from base: Int, at source: String) throws(SchemaError) -> (Place, JSON) {
    let target = URIReference(text).resolved(against: URIReference(resources[base].uri))
    let uri = target.withoutFragment
    let resource: Int
    if let known = byURI[ExactString(uri)] {
      resource = known
    } else if let document = find(document: uri) {
      resource = try enter(document, uri: uri).resource
    } else {
      throw SchemaError(
        source, expected: "a reference to a known schema", remedy: "provide \(uri.cutForMessage) or mend the reference")
    }
    guard let fragment = target.decodedFragment else {
      throw SchemaError(source, expected: "a well-formed fragment", remedy: "mend the percent escapes")
    }
    if fragment.isEmpty || fragment.utf8.first == UInt8(ascii: "/") {
      return try walk(fragment, from: resource, at: source)
    }
    guard let anchor = anchor(fragment, in: resource) else {
      throw SchemaError(
        source, expected: "a reference to a known anchor", remedy: "add $anchor \(fragment.cutForMessage) to its target"
      )
    }
    return try walk(anchor.place.pointer, from: anchor.place.resource, at: source)
  }

  /// Follows a JSON pointer, into resources that are embedded on its way.
  func walk(_ pointer: String, from resource: Int, at source: String) throws(SchemaError) -> (Place, JSON) {
    var place = Place(resource: resource, pointer: ""), value = resources[resource].root
    guard let tokens = JSON.tokens(ofPointer: pointer) else {
      throw SchemaError(source, expected: "a JSON pointer", remedy: "write / as ~1 and ~ as ~0")
    }
    for token in tokens {
      guard let child = value.child(token) else {
        throw SchemaError(source, expected: "a reference to what is there", remedy: "mend \(pointer.cutForMessage)")
      }
      value = child
      place.pointer += "/" + JSON.escape(pointerToken: token)
      place = own(place)
    }
    return (place, value)
  }

  /// The place as its own resource names it, if one begins there.
  func own(_ place: Place) -> Place {
    guard !embedded.isEmpty, let inner = embedded[ExactString(location(place))] else { return place }
    return Place(resource: inner, pointer: "")
  }

  private func find(document uri: String) -> JSON? { MetaSchemas.find(uri) ?? remotes(uri) }
}

/// What a keyword that holds subschemas looks like.
enum SubschemaKind {
  case one, list, map

  init?(keyword: String) {
    switch keyword {
    case "additionalProperties", "contains", "contentSchema", "else", "if", "items", "not", "propertyNames", "then",
      "unevaluatedItems", "unevaluatedProperties":
      self = .one
    case "allOf", "anyOf", "oneOf", "prefixItems": self = .list
    case "$defs", "definitions", "dependentSchemas", "patternProperties", "properties": self = .map
    default: return nil
    }
  }
}
