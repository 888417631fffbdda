import Foundation
import JSON

/// The files of a workflow folder, for whoever works with them: the first that cannot be read is an error that names it.
public struct WorkflowFiles {
  public let folder: URL
  public var name: String { folder.standardizedFileURL.lastPathComponent }

  public init(_ folder: URL) { self.folder = folder }

  /// A directory source reads so many files at most, each of so many bytes at most.
  static let mostDocuments = 2_000
  static let mostDocumentBytes = 256 << 10

  public func text(_ file: String) throws -> String {
    try naming(file) { try String(contentsOf: folder.appendingPathComponent(file), encoding: .utf8) }
  }

  /// Nil where the file is not there; a file that cannot be read is an error.
  public func optionalText(_ file: String) throws -> String? { isThere(file) ? try text(file) : nil }

  public func optionalJSON(_ file: String) throws -> JSON? {
    isThere(file) ? try naming(file) { try JSON.parse(bytes(file)) } : nil
  }

  /// JSON Lines; empty where the file is not there.
  public func lines(_ file: String) throws -> [JSON] {
    guard isThere(file) else { return [] }
    return try naming(file) { try bytes(file).split(separator: 0x0A).map { try JSON.parse($0) } }
  }

  /// By file name.
  public func schemas() throws -> JSONObject {
    var found = JSONObject()
    let names = try naming("") { try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() }
    for file in names where file.hasSuffix(".schema.json") {
      found[file] = try naming(file) { try JSON.parse(bytes(file)) }
    }
    return found
  }

  /// The text files right inside of a folder, by name; larger ones are left out.
  public func documents(in inner: String) throws -> [(name: String, text: String)] {
    let names = try naming(inner) {
      try FileManager.default.contentsOfDirectory(atPath: folder.appendingPathComponent(inner).path).sorted()
    }
    return names.prefix(WorkflowFiles.mostDocuments).compactMap { name in
      guard let data = FileManager.default.contents(atPath: folder.appendingPathComponent("\(inner)/\(name)").path),
        data.count <= WorkflowFiles.mostDocumentBytes, let text = String(data: data, encoding: .utf8)
      else { return nil }
      return (name, text)
    }
  }

  /// Says which file an error is about.
  private func naming<Result>(_ file: String, _ body: () throws -> Result) throws -> Result {
    do { return try body() } catch let error as CocoaError {
      throw WorkflowError("\(name)/\(file): \(error.localizedDescription)")
    } catch { throw WorkflowError("\(name)/\(file): \(error)") }
  }

  private func isThere(_ file: String) -> Bool {
    FileManager.default.fileExists(atPath: folder.appendingPathComponent(file).path)
  }

  private func bytes(_ file: String) throws -> [UInt8] {
    try [UInt8](Data(contentsOf: folder.appendingPathComponent(file)))
  }
}

/// What is wrong with a workflow's folder.
public struct WorkflowError: Error, CustomStringConvertible {
  public let description: String
  public init(_ description: String) { self.description = description }
}

/// What a model is made of: examples to train and calibrate on, the approved reference, the action's template, the prompt.
public struct ModelFiles {
  /// Empty where the folder has none; so is `approved`.
  public let labelled: [JSON]
  public let approved: [JSON]
  public let template: JSON?
  public let prompt: String?

  /// - Throws: `WorkflowError` for a file that is there and cannot be read.
  public init(_ files: WorkflowFiles) throws {
    labelled = try files.lines("labelled.jsonl")
    approved = try files.lines("approved.jsonl")
    template = try files.optionalJSON("action.template.json")
    prompt = try files.optionalText("prompt.md")
  }
}
