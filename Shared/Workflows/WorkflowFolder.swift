import Bundles
import Foundation
import JSON
import JSONSchema

/// A workflow's policy as a service works with it: the bundle and its compiled action schema.
public struct Policy: Sendable {
  public let bundle: Bundles.Bundle
  /// Nil where the workflow declares no action.
  public let action: Schema?
}

/// A workflow folder's policy file and schemas, as policy keeps them: the one loader of a service and of
/// `countersign workflow check`.
public struct WorkflowFolder: Sendable {
  public let name: String
  public let yaml: String
  /// `{file name: schema}`.
  public let schemas: JSON

  public init(name: String, yaml: String, schemas: JSON) {
    self.name = name
    self.yaml = yaml
    self.schemas = schemas
  }

  /// - Throws: where a file is missing, unreadable or no JSON.
  public init(_ url: URL) throws {
    name = url.standardizedFileURL.lastPathComponent
    yaml = try String(contentsOf: url.appendingPathComponent("policy.yaml"), encoding: .utf8)
    var schemas = JSONObject()
    for file in try FileManager.default.contentsOfDirectory(atPath: url.path).sorted()
    where file.hasSuffix(".schema.json") {
      schemas[file] = try JSON.parse(Array(Data(contentsOf: url.appendingPathComponent(file))))
    }
    self.schemas = .object(schemas)
  }

  /// - Throws: `BundleErrors` with every mistake of the policy, `SchemaError` for an action schema that does not compile.
  public func load() throws -> Policy {
    let all = Dictionary((schemas.object?.members ?? []).map { ($0.key, $0.value) }) { first, _ in first }
    let bundle = try Bundles.Bundle.load(yaml: yaml, file: "\(name)/policy.yaml", schemas: all)
    let action = try bundle.schemas.action.flatMap { all[$0] }.map { try Schema(compiling: $0, formats: .assert) }
    return Policy(bundle: bundle, action: action)
  }
}
