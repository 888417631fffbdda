import Bundles
import Foundation
import JSON
import JSONSchema
import Vault
import Wire
import Workflows

/// What intake knows of a workflow: the form of its items, and of a proposal that an agent sends along.
struct Workflow: Sendable {
  let name: String
  let item: Schema
  let output: Schema?
  let action: Schema?
  /// Whose prohibited entries private values are searched for. Without one policy takes them for unjudged.
  let bundle: Bundles.Bundle?

  /// Reads a workflow's folder. - Throws: every mistake of its policy, or what else cannot be read, naming the file.
  init(folder url: URL) throws {
    let folder = try WorkflowFolder(url)
    let policy = try folder.load()
    // A policy whose item schema is not there does not load.
    guard let item = try folder.schema(policy.bundle.schemas.item) else {
      throw WorkflowError("\(folder.name)/\(policy.bundle.schemas.item): this file is missing")
    }
    name = folder.name
    self.item = item
    output = try folder.schema(policy.bundle.schemas.output)
    action = policy.action
    bundle = policy.bundle
  }

  init(name: String, item: Schema, output: Schema? = nil, action: Schema? = nil, bundle: Bundles.Bundle? = nil) {
    self.name = name
    self.item = item
    self.output = output
    self.action = action
    self.bundle = bundle
  }

  /// What private values hold of what is prohibited, by their tokens; nil where there is none.
  func screening(_ values: [String: String]) -> Screening? {
    guard !values.isEmpty, let bundle else { return nil }
    return Screening(bundle: bundle.hash, held: bundle.prohibited(in: values))
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
