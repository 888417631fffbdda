import Bundles
import Foundation
import JSON
import Permits
import Testing
import Workflows

@testable import countersign

/// `countersign init`: two people, once.
@Suite struct InitTests {
  private final class Ground {
    let path = FileManager.default.temporaryDirectory.appending(path: "init-\(UUID().uuidString)")
    static let people = """
      people:
        - {id: P-mia, name: Mia Kowalski, groups: [compliance-officers]}
        - {id: P-ivo, name: Ivo Marek, groups: [duty-officers]}
        - {id: P-ivo-2, name: Ivo Marek, groups: [duty-officers], person_claim: P-ivo}
      """

    init() throws {
      try FileManager.default.createDirectory(at: path, withIntermediateDirectories: true)
      try write("people.yaml", Data(Self.people.utf8))
      try write("operator.key", Data(repeating: 7, count: 32))
      for (file, text) in NewWorkflow("refund-request").files {
        try write("workflows/refund-request/\(file)", Data(text.utf8))
      }
    }

    deinit { try? FileManager.default.removeItem(at: path) }

    func write(_ file: String, _ data: Data) throws {
      let url = path.appending(path: file)
      try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try data.write(to: url)
    }

    func file(_ name: String) -> String { path.appending(path: name).path }

    func found(_ by: [String], key: String = "operator.key", folder: String = "workflows", out: String = "genesis.json") throws {
      var command = InitCommand()
      (command.folders, command.people, command.by) = ([file(folder)], file("people.yaml"), by)
      (command.key, command.out, command.jwks, command.json) = (file(key), file(out), nil, false)
      try command.run()
    }

    func refused(_ by: [String], key: String = "operator.key", folder: String = "workflows", out: String = "genesis.json") -> String {
      do { try found(by, key: key, folder: folder, out: out) } catch { return "\(error)" }
      return ""
    }
  }

  @Test func twoPeopleFoundAnInstallationOnce() throws {
    let ground = try Ground()
    try ground.found(["P-mia", "P-ivo"])
    let genesis = try Genesis(file: ground.file("genesis.json"))
    let keys = try KeySet(jwks: JSON.parse([UInt8](Data(contentsOf: URL(filePath: ground.file("operator.jwks.json"))))))
    try genesis.verify(keys)
    #expect(genesis.founders.map(\.id) == ["P-mia", "P-ivo"] && genesis.bundles.map(\.workflow) == ["refund-request"])
    let hash = try WorkflowFolder(URL(filePath: ground.file("workflows/refund-request"))).load().bundle.hash
    #expect(genesis.bundles.first?.hash == hash)
    // What is written for people reads back as what was signed.
    #expect(try Genesis(JSON.parse(Array(genesis.text.utf8))) == genesis)
    let again = ground.refused(["P-mia", "P-ivo"])
    #expect(again.contains("Mia Kowalski and Ivo Marek founded this installation") && again.contains("once"))
    #expect(try Genesis(file: ground.file("genesis.json")) == genesis)
  }

  @Test(arguments: [
    (["P-mia"], "1 people are named; two were expected"), (["P-mia", "P-mia"], "one person"), (["P-ivo", "P-ivo-2"], "one person"),
    (["P-mia", "P-eve"], "knows no P-eve"), (["P-mia", "P-ivo", "P-ivo-2"], "3 people are named"),
  ])
  func whoeverIsNotTwoPeopleFoundsNothing(by: [String], told: String) throws {
    let ground = try Ground()
    #expect(ground.refused(by).contains(told))
    #expect(!FileManager.default.fileExists(atPath: ground.file("genesis.json")))
  }

  @Test func everyMistakeOfAPolicyIsTold() throws {
    let ground = try Ground()
    let policy = NewWorkflow("refund-request").files[0].text
    try ground.write(
      "workflows/refund-request/policy.yaml",
      Data(policy.replacing("template: A", with: "template: Z").replacing("deadline: 7d", with: "deadline: soon").utf8))
    let told = ground.refused(["P-mia", "P-ivo"])
    #expect(told.contains("policy.yaml:4: template") && told.contains("policy.yaml:8: deadline"))
  }

  @Test func otherFilesAreTold() throws {
    let ground = try Ground()
    #expect(ground.refused(["P-mia", "P-ivo"], key: "none.key").contains("head -c 32 /dev/urandom"))
    try ground.write("short.key", Data("secret".utf8))
    let short = ground.refused(["P-mia", "P-ivo"], key: "short.key")
    #expect(short.contains("32 bytes were expected, found 6") && !short.contains("secret"))
    try FileManager.default.createDirectory(atPath: ground.file("empty"), withIntermediateDirectories: true)
    #expect(ground.refused(["P-mia", "P-ivo"], folder: "empty").contains("policy.yaml"))
    try ground.write("operator.jwks.json", Data("{}".utf8))
    #expect(ground.refused(["P-mia", "P-ivo"]).contains("--jwks"))
    #expect(!FileManager.default.fileExists(atPath: ground.file("genesis.json")))
  }
}
