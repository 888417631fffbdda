import Foundation
import Testing
import Wire

@testable import countersign_intake

@Suite("sources.yaml") struct SourcesFileTests {
  private func folder() throws -> URL {
    let folder = FileManager.default.temporaryDirectory.appending(path: "countersign-sources-\(UUID().uuidString)")
    for name in ["tokens", "keys"] {
      try FileManager.default.createDirectory(at: folder.appending(path: name), withIntermediateDirectories: true)
    }
    for name in ["support-desk", "iam-portal", "erp", "compliance-desk", "bench"] {
      try Data("token-of-\(name)-0123456789\n".utf8).write(to: folder.appending(path: "tokens/\(name)"))
    }
    let jwk = #"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#
    try Data(jwk.utf8).write(to: folder.appending(path: "keys/demo-executor.jwk.json"))
    return folder
  }

  @Test("the shipped file is sound, given its tokens and keys") func shipped() throws {
    let folder = try folder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = SourcesFile(
      try String(contentsOf: Fixture.deploy.appending(path: "sources.yaml"), encoding: .utf8), folder: folder)
    #expect(file.mistakes == [])
    let registry = file.registry
    #expect(registry.names == ["bench", "compliance-desk", "countersign", "erp", "iam-portal", "support-desk"])
    #expect(registry.source(token: "token-of-erp-0123456789")?.name == "erp")
    #expect(registry.source(token: "token-of-erp-0123456788") == nil)
    #expect(registry.source(named: "iam-portal")?.requester?.verified == true)
    #expect(registry.keys(ofExecutor: "demo-executor") != nil)
  }

  @Test("every mistake is told with its line") func mistakes() throws {
    let folder = try folder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let text = """
      sources:
        Erp:
          workflows: [a]
        desk:
          workflow: [a]
        portal:
          workflows: [a]
          requester: {pointer: person, verified: yes}
          token_file: tokens/none
        one: {workflows: [a], token_file: tokens/erp}
        two: {workflows: [a], token_file: tokens/erp}
      executors:
        robot:
          jwk: {kty: OKP, crv: Ed25519, x: short}
      source: {}
      """
    let mistakes = SourcesFile(text, folder: folder).mistakes
    for (line, word) in [(5, "workflow"), (8, "pointer"), (8, "verified"), (9, "token"), (11, "one"), (14, "Ed25519")] {
      #expect(mistakes.contains { $0.hasPrefix("line \(line):") && $0.contains(word) }, "\(line) \(word): \(mistakes)")
    }
    #expect(mistakes.contains { $0.contains("Erp") } && mistakes.contains { $0.contains("source:") })
    #expect(!mistakes.contains { $0.contains("0123456789") })
  }

  @Test("what is no YAML is one mistake") func noYAML() throws {
    #expect(SourcesFile("a: [b", folder: Fixture.deploy).mistakes.count == 1)
    #expect(SourcesFile("", folder: Fixture.deploy).mistakes.count == 1)
    #expect(SourcesFile("- a", folder: Fixture.deploy).mistakes.count >= 1)
  }
}
