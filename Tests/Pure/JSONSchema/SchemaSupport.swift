import JSON
import JSONSchema
import Testing

func json(_ text: String) throws -> JSON { try JSON.parse(text.utf8, limits: JSONLimits(depth: 512, anyInteger: true)) }

func schema(
  _ text: String, formats: Schema.Formats = .annotate, remotes: [String: String] = [:]
) throws -> Schema {
  try Schema(compiling: json(text), formats: formats) { uri in
    guard let text = remotes[uri] else { return Optional.none }
    return try? json(text)
  }
}

/// The error of a schema that must not compile.
func schemaError(_ text: String, formats: Schema.Formats = .annotate) throws -> SchemaError {
  try #require(throws: SchemaError.self) { try schema(text, formats: formats) }
}
