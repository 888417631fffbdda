import JSON

/// Answers lines that hold a schema and an instance each, as `countersign schema check --batch` does.
public struct SchemaBatch {
  /// Remote documents of the official test suite have URIs that begin with this.
  public static let remoteBase = "http://localhost:1234/"

  private let remotes: (String) -> JSON?
  /// By canonical text.
  private var compiled: [[UInt8]: Result<Schema, SchemaError>] = [:]
  private let limits = JSONLimits(bytes: 16 << 20, depth: 512, anyInteger: true)

  private static let mostCompiled = 256

  /// `remotes` gives the document at a URI without fragment, nil if there is none.
  public init(remotes: @escaping (String) -> JSON? = { _ in Optional.none }) { self.remotes = remotes }

  /// `{"schema": …, "instance": …}` gives `{"valid": bool, "errors": […]}`, a line or a schema that cannot be used
  /// `{"error": "…"}`. No line break at the end.
  public mutating func answer(line: ArraySlice<UInt8>) -> [UInt8] {
    do {
      let request = try JSON.parse(line, limits: limits)
      guard let schema = request["schema"], let instance = request["instance"] else {
        return failure("expected an object with the members schema and instance")
      }
      return answer(try compile(schema).get().validate(instance))
    } catch {
      return failure("\(error)")
    }
  }

  private mutating func compile(_ schema: JSON) -> Result<Schema, SchemaError> {
    let text = schema.canonical
    if let known = compiled[text] { return known }
    if compiled.count >= Self.mostCompiled { compiled.removeAll() }
    let result = Result { () throws(SchemaError) in try Schema(compiling: schema, remotes: remotes) }
    compiled[text] = result
    return result
  }

  private func answer(_ violations: [Violation]) -> [UInt8] {
    var writer = JSONWriter()
    writer.object {
      $0.key("errors")
      $0.array {
        for violation in violations { violation.write(to: &$0) }
      }
      $0.member("valid", violations.isEmpty)
    }
    return writer.finish()
  }

  private func failure(_ text: String) -> [UInt8] {
    var writer = JSONWriter()
    writer.object { $0.member("error", text) }
    return writer.finish()
  }

  /// The path below the directory of remotes that stands for a URI; nil for URIs elsewhere and paths that lead out.
  public static func remotePath(of uri: String) -> String? {
    guard uri.hasPrefix(remoteBase) else { return nil }
    let path = String(uri.dropFirst(remoteBase.count))
    let isSafe = !path.isEmpty && !path.utf8.contains(0) && !path.utf8.contains(UInt8(ascii: "\\"))
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    return isSafe && parts.allSatisfy { !["", ".", ".."].contains($0) } ? path : nil
  }
}

extension Violation {
  /// Writes an object with all fields.
  public func write(to writer: inout JSONWriter) {
    writer.object {
      $0.member("expected", expected)
      $0.member("found", found)
      $0.member("keyword", keyword)
      $0.member("pointer", pointer)
      $0.member("schemaPointer", schemaPointer)
    }
  }
}
