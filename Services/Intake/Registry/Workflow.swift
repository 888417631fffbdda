import Foundation
import JSON
import JSONSchema
import Vault

/// What intake knows of a workflow: the form of its items, and of a proposal that an agent sends along.
struct Workflow: Sendable {
  let name: String
  let item: Schema
  let output: Schema?
  let action: Schema?

  /// Reads a workflow's folder.
  ///
  /// - Throws: `SchemaError`, `JSONError`, or the error of reading `item.schema.json`.
  init(folder: URL) throws {
    name = folder.standardizedFileURL.lastPathComponent
    guard let item = try Workflow.schema(folder, "item") else { throw CocoaError(.fileReadNoSuchFile) }
    self.item = item
    output = try Workflow.schema(folder, "output")
    action = try Workflow.schema(folder, "action")
  }

  init(name: String, item: Schema, output: Schema? = nil, action: Schema? = nil) {
    self.name = name
    self.item = item
    self.output = output
    self.action = action
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
