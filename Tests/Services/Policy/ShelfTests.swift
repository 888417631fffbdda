import Bundles
import Foundation
import Host
import JSON
import Lanes
import Permits
import Storage
import Testing
import Wire
import Workflows

@testable import countersign_policy

/// The bundles in force are those of the database; its first ones are exactly those that were signed.
@Suite struct ShelfTests {
  private static let shipped = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../../../deploy/workflows").standardizedFileURL

  /// A database that lasts and a folder of one workflow that may be changed.
  private final class Ground {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("shelf-\(UUID().uuidString)")
    var folder: URL { path.appendingPathComponent("ticket-summary") }
    var folders: [URL]

    init() throws {
      folders = []
      try FileManager.default.createDirectory(at: path, withIntermediateDirectories: true)
      try FileManager.default.copyItem(at: ShelfTests.shipped.appendingPathComponent("ticket-summary"), to: folder)
      folders = [folder]
    }

    deinit { try? FileManager.default.removeItem(at: path) }

    func edit(_ file: String, _ old: String, _ new: String) throws {
      let url = folder.appendingPathComponent(file)
      let text = try String(contentsOf: url, encoding: .utf8)
      #expect(text.contains(old))
      try text.replacingOccurrences(of: old, with: new).write(to: url, atomically: true, encoding: .utf8)
    }

    func start(
      _ genesis: Result<Genesis, any Error>, trusting byte: UInt8 = 7, then look: (any Store) throws -> Void = { _ in }
    ) throws -> Shelf {
      let store = try openStore("sqlite:\(path.appendingPathComponent("policy.sqlite").path)")
      defer { store.close() }
      let shelf = try Shelf.open(
        store, folders: folders, genesis: genesis, operators: KeySet([Founding.key(byte).verification]), now: .now)
      // What the engine does when it starts.
      try store.migrate(schema(of: PolicyState.self, Shelf.migrations))
      try look(store)
      return shelf
    }

    func refused(_ genesis: Result<Genesis, any Error>, trusting byte: UInt8 = 7) -> String {
      do { _ = try start(genesis, trusting: byte) } catch { return "\(error)" }
      return ""
    }
  }

  @Test func aServiceStartsAgainOnItsOwnDatabase() throws {
    let ground = try Ground()
    let genesis = try Founding.genesis(ground.folders)
    let first = try ground.start(.success(genesis))
    // A genesis that is lost meanwhile changes nothing.
    let second = try ground.start(.failure(GenesisError("lost")))
    for shelf in [first, second] {
      let policy = try #require(shelf.policy("ticket-summary"))
      #expect(policy.bundle.hash == genesis.bundles.first?.hash)
      #expect(shelf.signatures["ticket-summary"] == genesis.bundles.first?.signature)
      #expect(shelf.genesis == genesis && shelf.warnings.isEmpty)
    }
  }

  @Test func aFirstStartNeedsAGenesis() throws {
    let told = try Ground().refused(.failure(GenesisError("run/genesis.json is not there")))
    #expect(told.contains("first start") && told.contains("run/genesis.json is not there"))
  }

  @Test func aFileThatWasChangedAfterItWasSignedIsRefused() throws {
    for (file, old, new) in [
      ("policy.yaml", "undo_seconds: 30", "undo_seconds: 0"), ("item.schema.json", "\"maxLength\": 200}", "\"maxLength\": 201}"),
    ] {
      let ground = try Ground()
      let genesis = try Founding.genesis(ground.folders)
      try ground.edit(file, old, new)
      let told = ground.refused(.success(genesis))
      #expect(told.contains("Mia Kowalski and Ivo Marek") && told.contains("ticket-summary: policy.yaml or a schema was changed after it was signed"))
      try ground.edit(file, new, old)
      // Nothing was taken meanwhile.
      #expect(try ground.start(.success(genesis)).policies.count == 1)
    }
  }

  @Test func aWorkflowMoreOrLessThanWasSignedIsRefused() throws {
    let ground = try Ground()
    let genesis = try Founding.genesis(ground.folders)
    ground.folders.append(Self.shipped.appendingPathComponent("reply-draft"))
    #expect(ground.refused(.success(genesis)).contains("reply-draft: nobody signed"))
    ground.folders.removeFirst()
    #expect(ground.refused(.success(genesis)).contains("ticket-summary: its folder is missing"))
  }

  @Test func onlyATrustedOperatorsSignatureCounts() throws {
    let ground = try Ground()
    let genesis = try Founding.genesis(ground.folders)
    #expect(ground.refused(.success(genesis), trusting: 8).contains("OPERATOR_JWKS"))
    // One word beside the signature.
    var json = try #require(genesis.json.object)
    json["founders"] = [["id": "P-mia", "name": "Mia Kowalski"], ["id": "P-eve", "name": "Eve"]]
    #expect(ground.refused(.success(try Genesis(.object(json)))).contains("something else than what stands beside it"))
    // Another operator's bundle under this operator's record.
    var bundles = try #require(genesis.json["bundles"]?.array)
    bundles[0] = ["workflow": "ticket-summary", "hash": .string(genesis.bundles[0].hash), "signature": .string(try Founding.genesis(ground.folders, key: 8).bundles[0].signature)]
    json = try #require(genesis.json.object)
    json["bundles"] = .array(bundles)
    #expect(!ground.refused(.success(try Genesis(.object(json)))).isEmpty)
  }

  @Test func aChangedFileAndAnotherGenesisChangeNothingAndAreTold() throws {
    let ground = try Ground()
    let genesis = try Founding.genesis(ground.folders)
    _ = try ground.start(.success(genesis))
    try ground.edit("policy.yaml", "undo_seconds: 30", "undo_seconds: 0")
    let later = try ground.start(.success(try Founding.genesis(ground.folders)))
    #expect(later.policy("ticket-summary")?.bundle.hash == genesis.bundles[0].hash)
    #expect(later.genesis == genesis)
    #expect(later.warnings.count == 2 && later.warnings[0].hasPrefix("ticket-summary/policy.yaml differs"))
    #expect(later.warnings[1].contains("it is founded once"))
  }

  /// A folder that comes later is no workflow of this installation, and whoever put it there is told so.
  @Test func aFolderThatIsAddedPutsNothingInForceAndIsTold() throws {
    let ground = try Ground()
    let genesis = try Founding.genesis(ground.folders)
    _ = try ground.start(.success(genesis))
    ground.folders.append(Self.shipped.appendingPathComponent("reply-draft"))
    let later = try ground.start(.success(genesis))
    #expect(later.policy("reply-draft") == nil && later.policy("ticket-summary")?.bundle.hash == genesis.bundles[0].hash)
    #expect(later.warnings.count == 1 && later.warnings[0].contains("reply-draft is new here") && later.warnings[0].contains("gate.missing"))
    let governed = BundleInForce(workflow: "ticket-summary", hash: "", signature: "", since: .now, fileDiffers: later.ignored.contains("ticket-summary"))
    #expect(!governed.fileDiffers)
  }

  /// Whoever can write the database cannot make a bundle of his own there, even where its hash is right.
  @Test func aRowThatNobodySignedIsRefused() throws {
    let ground = try Ground()
    let genesis = try Founding.genesis(ground.folders)
    let yaml = try String(contentsOf: ground.folder.appendingPathComponent("policy.yaml"), encoding: .utf8)
    try ground.edit("policy.yaml", "undo_seconds: 30", "undo_seconds: 0")
    let other = try WorkflowFolder(ground.folder)
    try ground.edit("policy.yaml", "undo_seconds: 0", "undo_seconds: 30")
    func set(_ yaml: String, _ hash: String) throws {
      let shelf = try ground.start(.success(genesis)) { store in
        try store.transaction { transaction in
          _ = try transaction.execute("UPDATE bundles SET policy = ?, hash = ?", [.text(yaml), .text(hash)])
        }
      }
      #expect(shelf.policies.count == 1)
    }
    try set(other.yaml, genesis.bundles[0].hash)
    #expect(ground.refused(.success(genesis)).contains("does not have its hash"))
    let fresh = try Ground()
    ground.folders = fresh.folders
    try FileManager.default.removeItem(at: ground.path.appendingPathComponent("policy.sqlite"))
    for suffix in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: ground.path.path + "/policy.sqlite" + suffix) }
    try set(other.yaml, other.load().bundle.hash)
    #expect(ground.refused(.success(genesis)).contains("is not signed by an operator"))
    #expect(yaml != other.yaml)
  }

  /// The ledger holds the beginning: who, and which versions.
  @Test func theBeginningIsToldToTheLedgerOnce() throws {
    let ground = try Ground()
    let genesis = try Founding.genesis(ground.folders)
    _ = try ground.start(.success(genesis)) { store in
      for _ in 0..<2 {
        let stops = Stops(secret: [1])
        try stops.open(store, genesis: genesis)
        #expect(stops.now.unsaid.count == 1)
        let said = try #require(stops.now.unsaid.first)
        #expect(said.what.contains("Mia Kowalski (P-mia) and Ivo Marek (P-ivo)") && said.what.contains(genesis.bundles[0].hash))
      }
    }
  }
}
