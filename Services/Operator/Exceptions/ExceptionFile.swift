import Bundles
import Foundation
import JSON
import Permits
import Wire
import Workflows

/// A list of exceptions on its way: as it is written, or with signatures, `{"list", "signatures"}`.
struct ExceptionFile {
  let list: JSON
  var signatures: [String]
  var hash: String { hex(sha256(list.canonical)) }
  var version: Int64 { list["version"]?.integer ?? 0 }
  var json: JSON { ["list": list, "signatures": .array(signatures.map { .string($0) })] }

  /// - Parameters:
  ///   - path: of a list, YAML or JSON, or of a signed one.
  ///   - workflows: folders of workflows, against which conditions are checked; nil to leave that to policy.
  /// - Throws: every mistake of the list at once.
  init(_ path: String, workflows: String?) throws {
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
      throw OperatorError("\(path) cannot be read: a list of exceptions was expected (deploy/docs/policy.md shows one).")
    }
    let bundles = try workflows.map(Self.bundles)
    if let signed = try? JSON.parse(Array(text.utf8), limits: .stored), let list = signed["list"], list.object != nil {
      signatures = signed["signatures"]?.array?.compactMap(\.string) ?? []
      self.list = try ExceptionList.load(text: list.text, file: path, bundles: bundles).document
    } else {
      signatures = []
      list = try ExceptionList.load(text: text, file: path, bundles: bundles).document
    }
  }

  private static func bundles(_ folder: String) throws -> [String: Bundles.Bundle] {
    let url = URL(fileURLWithPath: folder)
    let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    let folders = names.map { url.appendingPathComponent($0) }.filter {
      FileManager.default.fileExists(atPath: $0.appendingPathComponent("policy.yaml").path)
    }
    let loaded = try folders.map { try WorkflowFolder($0).load().bundle }
    return Dictionary(loaded.map { ($0.workflow, $0) }) { first, _ in first }
  }

  /// The 32 bytes of a person's own key.
  static func key(_ path: String) throws -> SigningKey {
    guard let seed = try? Data(contentsOf: URL(fileURLWithPath: path)), let key = try? SigningKey(seed: Array(seed)) else {
      throw OperatorError("\(path): a file with the 32 bytes of an Ed25519 key was expected; head -c 32 /dev/urandom makes them.")
    }
    return key
  }
}
