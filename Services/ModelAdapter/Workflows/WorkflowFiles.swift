import Foundation
import JSON

/// The files of a workflow folder.
struct WorkflowFiles {
  let folder: URL
  var name: String { folder.standardizedFileURL.lastPathComponent }

  /// A directory source reads so many files at most, each of so many bytes at most.
  static let mostDocuments = 2_000
  static let mostDocumentBytes = 256 << 10

  func text(_ file: String) throws -> String {
    try naming(file) { try String(contentsOf: folder.appendingPathComponent(file), encoding: .utf8) }
  }

  /// Nil where the file is not there; a file that cannot be read is an error.
  func optionalText(_ file: String) throws -> String? { isThere(file) ? try text(file) : nil }

  func optionalJSON(_ file: String) throws -> JSON? {
    isThere(file) ? try naming(file) { try JSON.parse(bytes(file)) } : nil
  }

  /// JSON Lines; empty where the file is not there.
  func lines(_ file: String) throws -> [JSON] {
    guard isThere(file) else { return [] }
    return try naming(file) { try bytes(file).split(separator: 0x0A).map { try JSON.parse($0) } }
  }

  func schemas() throws -> [String: JSON] {
    var found: [String: JSON] = [:]
    for file in try FileManager.default.contentsOfDirectory(atPath: folder.path) where file.hasSuffix(".schema.json") {
      found[file] = try naming(file) { try JSON.parse(bytes(file)) }
    }
    return found
  }

  /// The text files right inside of a folder, by name; larger ones are left out.
  func documents(in inner: String) throws -> [DirectoryIndex.Document] {
    let names = try naming(inner) {
      try FileManager.default.contentsOfDirectory(atPath: folder.appendingPathComponent(inner).path).sorted()
    }
    return names.prefix(WorkflowFiles.mostDocuments).compactMap { name in
      guard let data = FileManager.default.contents(atPath: folder.appendingPathComponent("\(inner)/\(name)").path),
        data.count <= WorkflowFiles.mostDocumentBytes, let text = String(data: data, encoding: .utf8)
      else { return nil }
      return DirectoryIndex.Document(name: name, text: text)
    }
  }

  /// Says which file an error is about.
  func naming<Result>(_ file: String, _ body: () throws -> Result) throws -> Result {
    do { return try body() } catch { throw WorkflowError(description: "\(name)/\(file): \(error)") }
  }

  private func isThere(_ file: String) -> Bool {
    FileManager.default.fileExists(atPath: folder.appendingPathComponent(file).path)
  }

  private func bytes(_ file: String) throws -> [UInt8] {
    try [UInt8](Data(contentsOf: folder.appendingPathComponent(file)))
  }
}

/// What is wrong with a workflow's folder.
struct WorkflowError: Error, CustomStringConvertible {
  let description: String
}
