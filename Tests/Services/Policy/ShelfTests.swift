import Bundles
import Foundation
import Host
import Lanes
import Storage
import Testing
import Wire
import Workflows

@testable import countersign_policy

/// The bundles in force are those of the database, from its first start on.
@Suite struct ShelfTests {
  @Test func aServiceStartsAgainOnItsOwnDatabase() throws {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../../deploy/workflows/ticket-summary").standardizedFileURL
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("shelf-\(UUID().uuidString).sqlite")
    defer { for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path.path + suffix) } }
    var hashes: [String?] = []
    for _ in 0..<2 {
      let store = try openStore("sqlite:\(path.path)")
      defer { store.close() }
      let shelf = try Shelf.open(store, folders: [folder], now: .now)
      // What the engine does when it starts.
      try store.migrate(schema(of: PolicyState.self, Shelf.migrations))
      hashes.append(shelf.policy("ticket-summary")?.bundle.hash)
      #expect(shelf.ignored.isEmpty)
    }
    #expect(hashes[0] != nil && hashes[0] == hashes[1])
  }
}
