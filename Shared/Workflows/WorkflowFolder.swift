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

/// A workflow folder's policy file and schemas, as policy keeps them: the one loader of all services and of
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

  /// - Throws: `WorkflowError` where a file is missing, unreadable or no JSON.
  public init(_ url: URL) throws {
    let files = WorkflowFiles(url)
    self.init(name: files.name, yaml: try files.text("policy.yaml"), schemas: .object(try files.schemas()))
  }

  /// One of its schemas, compiled; nil where there is no file of that name. - Throws: `WorkflowError` for one that is no schema.
  public func schema(_ file: String?) throws -> Schema? {
    guard let file, let json = schemas[file] else { return nil }
    do { return try Schema(compiling: json, formats: .assert) } catch { throw WorkflowError("\(name)/\(file): \(error)") }
  }

  /// - Throws: `BundleErrors` with every mistake of the policy, `WorkflowError` for an action schema that does not compile.
  public func load() throws -> Policy {
    let all = Dictionary((schemas.object?.members ?? []).map { ($0.key, $0.value) }) { first, _ in first }
    let bundle = try Bundles.Bundle.load(yaml: yaml, file: "\(name)/policy.yaml", schemas: all)
    return Policy(bundle: bundle, action: try schema(bundle.schemas.action))
  }

  /// All of them. - Throws: every mistake of every policy at once, else what `load` throws first.
  public static func loadAll(_ folders: [WorkflowFolder]) throws -> [(folder: WorkflowFolder, policy: Policy)] {
    var mistakes: [BundleMistake] = []
    var loaded: [(folder: WorkflowFolder, policy: Policy)] = []
    for folder in folders {
      do { loaded.append((folder, try folder.load())) } catch let error as BundleErrors { mistakes += error.mistakes }
    }
    guard mistakes.isEmpty else { throw BundleErrors(mistakes: mistakes) }
    return loaded
  }
}
