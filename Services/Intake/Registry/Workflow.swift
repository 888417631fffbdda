import Bundles
import Foundation
import JSON
import JSONSchema
import Vault
import Wire

/// What intake knows of a workflow: the form of its items, and of a proposal that an agent sends along.
struct Workflow: Sendable {
  let name: String
  let item: Schema
  let output: Schema?
  let action: Schema?
  /// Whose prohibited entries private values are searched for. Without one policy takes them for unjudged.
  let bundle: Bundles.Bundle?

  /// Reads a workflow's folder.
  ///
  /// - Throws: `SchemaError`, `JSONError`, or the error of reading `item.schema.json`.
  init(folder: URL) throws {
    name = folder.standardizedFileURL.lastPathComponent
    guard let item = try Workflow.schema(folder, "item") else { throw CocoaError(.fileReadNoSuchFile) }
    self.item = item
    output = try Workflow.schema(folder, "output")
    action = try Workflow.schema(folder, "action")
    bundle = try Workflow.bundle(folder)
  }

  init(name: String, item: Schema, output: Schema? = nil, action: Schema? = nil, bundle: Bundles.Bundle? = nil) {
    self.name = name
    self.item = item
    self.output = output
    self.action = action
    self.bundle = bundle
  }

  private static func bundle(_ folder: URL) throws -> Bundles.Bundle? {
    let file = folder.appendingPathComponent("policy.yaml")
    guard FileManager.default.fileExists(atPath: file.path) else { return nil }
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".schema.json") }
    let schemas = try names.map { ($0, try JSON.parse([UInt8](Data(contentsOf: folder.appendingPathComponent($0))))) }
    return try Bundles.Bundle.load(
      yaml: String(contentsOf: file, encoding: .utf8), file: "\(folder.lastPathComponent)/policy.yaml",
      schemas: Dictionary(uniqueKeysWithValues: schemas))
  }

  /// What private values hold of what is prohibited, by their tokens; nil where there is none.
  func screening(_ values: [String: String]) -> Screening? {
    guard !values.isEmpty, let bundle else { return nil }
    return Screening(bundle: bundle.hash, held: bundle.prohibited(in: values))
  }

  private static func schema(_ folder: URL, _ kind: String) throws -> Schema? {
    let file = folder.appendingPathComponent("\(kind).schema.json")
    guard FileManager.default.fileExists(atPath: file.path) else { return nil }
    return try Schema(compiling: JSON.parse([UInt8](Data(contentsOf: file))), formats: .assert)
  }
}

extension Schema {
  /// What of an instance is private. - Throws: all that is wrong with it, as a rejection's violations, below `pointer`.
  func privateMarks(of instance: JSON, under pointer: String) throws(Rejection) -> [PrivateMark] {
    let (violations, marks) = validate(instance, collecting: PrivateMark.keywords)
    guard violations.isEmpty else {
      throw Rejection(.schemaViolation, violations.prefix(100).map { .init($0, under: pointer) })
    }
    return marks.compactMap { PrivateMark(pointer: $0.pointer, keyword: $0.keyword, value: $0.value) }
  }
}
