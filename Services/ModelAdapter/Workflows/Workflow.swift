import Bundles
import Embedded
import Foundation
import JSON
import JSONSchema
import Wire
import Workflows

/// What model-adapter knows of a workflow: where its evidence comes from, and what a proposal must look like.
struct Workflow: Sendable {
  let name: String
  private let bundle: Bundles.Bundle
  let sources: [Source]
  /// By source name; only for sources that declare a schema file.
  let sourceSchemas: [String: Schema]
  /// By source name, for directory sources.
  let directories: [String: DirectoryIndex]
  /// Nil where the workflow declares none.
  let output: OutputForm?
  let action: Schema?
  let template: ActionTemplate?
  /// `prompt.md`; nil where there is none.
  let prompt: String?
  /// Examples to train and calibrate on, and the approved reference; empty where the folder has none.
  let labelled: [JSON]
  let approved: [JSON]

  struct OutputForm: Sendable {
    let json: JSON
    let schema: Schema
  }

  /// The labelled set's name in records: calibrations of two sets never look the same.
  var calibration: String { "labelled-" + String(hex(sha256(JSON.array(labelled).canonical)).prefix(16)) }

  /// Reads a workflow's folder. - Throws: every mistake of its policy, or what else cannot be read, naming the file.
  init(folder url: URL) throws {
    let files = WorkflowFiles(url)
    let folder = try WorkflowFolder(url)
    let policy = try folder.load()
    let bundle = policy.bundle
    name = bundle.workflow
    self.bundle = bundle
    sources = bundle.sources
    var forms: [String: Schema] = [:], indexes: [String: DirectoryIndex] = [:]
    for source in bundle.sources {
      if !source.schema.isEmpty { forms[source.name] = try folder.schema(source.schema) }
      if source.kind == .directory {
        indexes[source.name] = DirectoryIndex(
          try files.documents(in: source.folder).map { DirectoryIndex.Document(name: $0.name, text: $0.text) })
      }
    }
    sourceSchemas = forms
    directories = indexes
    output = try bundle.schemas.output.flatMap { file in
      try folder.schema(file).flatMap { schema in folder.schemas[file].map { OutputForm(json: $0, schema: schema) } }
    }
    action = policy.action
    let model = try ModelFiles(files)
    template = model.template.map { ActionTemplate($0) }
    prompt = model.prompt
    labelled = model.labelled
    approved = model.approved
  }

  /// What private values hold of what is prohibited, by their tokens.
  func screening(_ values: [String: String]) -> Screening { Screening(bundle: bundle.hash, held: bundle.prohibited(in: values)) }

  /// The id of the call that asks a source, and of its result in the state.
  static func callID(_ source: Source) -> String { "source:\(source.name)" }
}
