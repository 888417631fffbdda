import JSON

/// The vocabularies of draft 2020-12 whose keywords a schema uses; its meta-schema says which.
struct Vocabularies: OptionSet, Sendable {
  let rawValue: UInt8

  static let applicator = Vocabularies(rawValue: 1)
  static let unevaluated = Vocabularies(rawValue: 2)
  static let validation = Vocabularies(rawValue: 4)
  static let formatAssertion = Vocabularies(rawValue: 8)

  /// Those of the draft's own meta-schema.
  static let standard: Vocabularies = [.applicator, .unevaluated, .validation]

  static let standardURI = "https://json-schema.org/draft/2020-12/schema"

  /// By URI; the empty set for those that only annotate, nil for what we do not know.
  private static func known(_ uri: String) -> Vocabularies? {
    let prefix = "https://json-schema.org/draft/2020-12/vocab/"
    guard uri.hasPrefix(prefix) else { return nil }
    switch uri.dropFirst(prefix.count) {
    case "applicator": return .applicator
    case "unevaluated": return .unevaluated
    case "validation": return .validation
    case "format-assertion": return .formatAssertion
    case "core", "meta-data", "format-annotation", "content": return []
    default: return nil
    }
  }

  init(rawValue: UInt8) { self.rawValue = rawValue }

  /// What `$vocabulary` of a meta-schema lists. Throws for one that is required and unknown.
  init(metaSchema: JSON, at pointer: String) throws(SchemaError) {
    guard let listed = metaSchema["$vocabulary"]?.object else {
      self = .standard
      return
    }
    self = []
    for (uri, isRequired) in listed.members {
      if let known = Self.known(uri) {
        formUnion(known)
      } else if isRequired.bool != false {
        throw SchemaError(
          pointer, expected: "a meta-schema whose required vocabularies are those of draft 2020-12",
          remedy: "take \(Self.standardURI), or a meta-schema without \(uri.cutForMessage)")
      }
    }
  }
}

extension String {
  /// Texts of a schema in messages are bounded.
  var cutForMessage: String { cut(toBytes: 120) }
}
