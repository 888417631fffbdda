import Foundation
import Host
import Hummingbird
import Ledger
import NIOCore
import Storage
import Testing
import Wire

@testable import countersign
@testable import countersign_audit

/// Audit and real witnesses over HTTP.
@Suite struct WitnessClientTests {
  private final class House: Sendable {
    let desk: WitnessDesk
    let cosigner: Cosigner
    let folder = NSTemporaryDirectory() + "countersign-witness-\(UUID().uuidString)"

    init(_ name: String, _ byte: UInt8, logs: [NoteVerifier]) throws {
      cosigner = try Cosigner(name: name, seed: [UInt8](repeating: byte, count: 32))
      desk = try WitnessDesk(cosigner, logs: logs, folder: folder)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }
  }

  @Test func checkpointsAreCosignedAndServedOnlyThen() async throws {
    let signer = try TestLedger().signer
    let houses = try (0..<2).map { try House("w\($0).example", UInt8(20 + $0), logs: [signer.verifier]) }
    let web = WebClient(connections: 2)
    let router = Router()
    for (number, house) in houses.enumerated() {
      router.post("/\(number)/add-checkpoint") { request, _ -> Response in
        let body = try await request.body.collect(upTo: 65_536)
        let answer = try house.desk.add(Array(body.readableBytesView), at: 1_700_000_000)
        return Response(status: .init(code: answer.status), body: .init(byteBuffer: ByteBuffer(string: answer.body)))
      }
    }
    try await withServer(router) { base in
      let ledger = try TestLedger()
      var records = Records()
      let policy = try WitnessPolicy(
        """
        witness A \(houses[0].cosigner.verifier.text) \(base)/0
        witness B \(houses[1].cosigner.verifier.text) \(base)/1
        group both all A B
        quorum both
        """)
      let checkpointer = Checkpointer(paths: ledger.paths, keys: SigningKeys([ledger.signer]), policy: policy)
      let client = WitnessClient(checkpointer, web, patience: 60)
      for size in [5, 10, 15] as [UInt64] {
        try ledger.absorb(records.automaticCase(Int(size)))
        _ = try checkpointer.sign(ledger.store, at: Records.start)
        let older = try ledger.store.read { try checkpointer.newest($0) }
        #expect(try older.map { try ledger.signer.verifier.open($0).size } ?? 0 == size - 5)
        try await client.look(ledger.store, at: .now)
        let note = try #require(try ledger.store.read { try checkpointer.newest($0) })
        #expect(try ledger.signer.verifier.open(note).size == size)
        #expect(policy.cosigned(try Note(note)).map(\.time) == [1_700_000_000, 1_700_000_000])
        #expect(try String(contentsOfFile: ledger.paths.witnessed, encoding: .utf8) == note)
      }
      // Another process knows nothing of what they have seen, and is told.
      let second = WitnessClient(checkpointer, web, patience: 60)
      #expect(await second.largestSeen().size == 15)
      try ledger.absorb(records.automaticCase(99))
      _ = try checkpointer.sign(ledger.store, at: Records.start)
      let third = WitnessClient(checkpointer, web, patience: 60)
      try await third.look(ledger.store, at: .now)
      #expect(try ledger.store.read { try Checkpointer.last($0) }.map { policy.isSatisfied(by: try Note($0.note)) } == true)

      // A ledger that lost what they have seen is not cosigned, and not gone on with.
      let fresh = try TestLedger()
      var others = Records()
      try fresh.absorb(others.automaticCase(0))
      let lost = Checkpointer(paths: fresh.paths, keys: SigningKeys([ledger.signer]), policy: policy)
      _ = try lost.sign(fresh.store, at: Records.start)
      let late = WitnessClient(lost, web, patience: 60)
      try await late.look(fresh.store, at: .now)
      #expect(late.standing("A").failure?.contains("20 leaves") == true)
      let seen = await late.largestSeen()
      let refused = LedgerAbsorber(folder: fresh.folder + "-2", signer: ledger.signer.verifier, witnessed: seen) { 0 }
      let messages = others.automaticCase(1)
      let error = #expect(throws: StoreError.self) { try SQLiteStore(path: ":memory:", readers: 0).with { try refused.absorb(messages, in: $0) } }
      #expect(error?.kind == .damaged)
      try? FileManager.default.removeItem(atPath: fresh.folder + "-2")
    }
    await web.shutdown()
  }

  @Test func aWitnessKeepsWhatItHasSeenOverARestart() throws {
    let ledger = try TestLedger()
    let folder = NSTemporaryDirectory() + "countersign-witness-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let cosigner = try Cosigner(name: "w", seed: [UInt8](repeating: 5, count: 32))
    let signer = ledger.signer
    func ask(_ old: UInt64, _ size: UInt64, _ root: TreeHash) throws -> WitnessDesk.Answer {
      let desk = try WitnessDesk(cosigner, logs: [signer.verifier], folder: folder)
      let note = try signer.sign(Checkpoint(origin: signer.name, size: size, root: root))
      return try desk.add(Array(WitnessRequest(oldSize: old, proof: [], note: note).text.utf8), at: 1)
    }
    #expect(try ask(0, 7, leafHash([1])).status == 200)
    #expect(try ask(0, 7, leafHash([2])) == WitnessDesk.Answer(status: 409, type: "text/x.tlog.size", body: "7\n"))
    #expect(try ask(7, 7, leafHash([2])).status == 409)
    #expect(try ask(7, 7, leafHash([1])).status == 200)
    let file = try #require(try FileManager.default.contentsOfDirectory(atPath: folder).first { $0.hasSuffix(".checkpoint") })
    try Data("nothing".utf8).write(to: URL(fileURLWithPath: folder + "/" + file))
    #expect(throws: OperatorError.self) { try ask(7, 7, leafHash([1])) }
  }
}

extension SQLiteStore {
  fileprivate func with(_ body: (any StoreTransaction) throws -> Void) throws {
    try migrate(Tables.migrations)
    try transaction(body)
  }
}
