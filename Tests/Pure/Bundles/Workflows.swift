import Bundles
import Domain
import Foundation
import JSON
import Testing

/// The shipped policies, as they stand in the repository.
enum Workflows {
  static let names = ["ticket-summary", "reply-draft", "access-request", "invoice-exception", "compliance-class"]

  /// The repository's `deploy` folder, found upwards from this file.
  static let deploy: URL = {
    var place = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
    while place.path != "/" {
      place.deleteLastPathComponent()
      let candidate = place.appendingPathComponent("deploy")
      if FileManager.default.fileExists(atPath: candidate.appendingPathComponent("workflows").path) { return candidate }
    }
    return place
  }()

  static func text(_ path: String) throws -> String {
    try String(contentsOf: deploy.appendingPathComponent(path), encoding: .utf8)
  }

  static var isWritingGolden: Bool { ProcessInfo.processInfo.environment["COUNTERSIGN_GOLDEN"] == "write" }

  /// The lines of a file of Tests/Expectations, without remarks.
  static func expectations(_ name: String) throws -> [Substring] {
    try text("../Tests/Expectations/\(name)").split(separator: "\n").filter { !$0.hasPrefix("#") }
  }

  static func schemas(_ folder: String, prefix: String = "") throws -> [String: JSON] {
    let place = deploy.appendingPathComponent(folder)
    var found: [String: JSON] = [:]
    for file in try FileManager.default.contentsOfDirectory(atPath: place.path) where file.hasSuffix(".schema.json") {
      found[prefix + file] = try JSON.parse([UInt8](Data(contentsOf: place.appendingPathComponent(file))))
    }
    return found
  }

  static func bundle(_ name: String) throws -> Bundles.Bundle {
    let folder = name == "bench" ? "benchmarks/workflows/bench" : "workflows/\(name)"
    return try Bundles.Bundle.load(
      yaml: text("\(folder)/policy.yaml"), file: "\(name)/policy.yaml", schemas: schemas(folder))
  }

  static func article() throws -> Bundles.Bundle {
    try Bundles.Bundle.load(
      yaml: text("workflows/article.yaml"), file: "article.yaml",
      schemas: schemas("workflows/ticket-summary", prefix: "ticket-summary/"))
  }
}

@Suite struct ShippedPolicies {
  @Test(arguments: Workflows.names + ["bench"]) func load(_ name: String) throws {
    let bundle = try Workflows.bundle(name)
    #expect(bundle.workflow == name)
    #expect(bundle.hash.utf8.count == 64)
  }

  @Test func articleLoads() throws { #expect(try Workflows.article().template == .sampled) }
}
