import Foundation
import JSON
import Ledger
import Storage
import Testing
import Wire

@testable import countersign
@testable import countersign_audit

@Suite struct PacketTests {
  private let bytes: [UInt8]
  private let signer: NoteSigner

  init() throws {
    let ledger = try TestLedger()
    var records = Records()
    let wanted = records.automaticCase(3, body: "{\"secret\":\"of case 3\"}")
    try ledger.absorb((0..<3).flatMap { records.automaticCase($0) } + wanted + records.automaticCase(4))
    signer = ledger.signer
    let size = UInt64(25)
    let note = try signer.sign(Checkpoint(origin: signer.name, size: size, root: try #require(try ledger.extent()).tree.root))
    let prover = HashReader(paths: ledger.paths).prover
    let found = try (15..<20).map { position -> Packet.Record in
      let (leaf, content) = try ledger.leaf(Int64(position))
      let reader = LedgerReader(ledger.paths)
      let bytes = try ledger.store.read { transaction in
        Array(try reader.bundle(0, try #require(try Extent(transaction)), transaction).leaves[position])
      }
      #expect(content?.matches(leaf) == true)
      return Packet.Record(
        position: Int64(position), leaf: bytes, path: try prover.inclusion(of: UInt64(position), size: size), content: content,
        state: position == 16 ? .withheld : position == 17 ? .erased : .present)
    }
    bytes = try Packet(caseID: Records.caseID(3), size: size, checkpoint: note, keyChanges: [], records: found).signed(signer)
  }

  private var trust: LedgerTrust { LedgerTrust(logs: [signer.verifier]) }

  @Test func aPacketHoldsWithTheKeyAlone() throws {
    let result = try PacketFile(bytes).check(trust)
    #expect(result.flaws == [])
    #expect((result.checked, result.contents, result.withheld, result.erased) == (5, 3, 1, 1))
    let other = try NoteSigner(name: signer.name, seed: [UInt8](repeating: 90, count: 32))
    #expect(try PacketFile(bytes).check(LedgerTrust(logs: [other.verifier])).flaws.map(\.kind) == [.signature])
  }

  @Test func noChangedByteOfItPasses() throws {
    for place in bytes.indices {
      var changed = bytes
      changed[place] ^= 1
      guard let packet = try? PacketFile(changed) else { continue }
      #expect(!packet.check(trust).flaws.isEmpty, "byte \(place)")
    }
  }

  @Test func whatWasChangedInARecordIsNamed() throws {
    let json = try JSON.parse(bytes, limits: JSONLimits(bytes: 1 << 20, depth: 16, anyInteger: true))
    func check(_ change: (inout [JSON]) -> Void) throws -> [Flaw] {
      guard case .object(var object) = json, var records = object["records"]?.array else { return [] }
      change(&records)
      object["records"] = .array(records)
      return try PacketFile(JSON.object(object).canonical).check(trust).flaws
    }
    func with(_ record: JSON, _ name: String, _ value: JSON) -> JSON {
      guard case .object(var object) = record else { return record }
      object[name] = value
      return .object(object)
    }
    #expect(try check { $0.remove(at: 2) }.map(\.kind) == [.signature])
    #expect(try check { $0[0] = with($0[0], "content", "e30=") }.map(\.kind) == [.signature, .content])
    #expect(try check { $0[0] = with($0[0], "content", "e30=") }.last?.position == 15)
    #expect(try check { $0[3] = with($0[3], "leaf", $0[4]["leaf"] ?? .null) }.first { $0.kind == .changed }?.position == 18)
    #expect(try check { $0.swapAt(1, 2) }.contains { $0.kind == .swapped })
    #expect(throws: OperatorError.self) { try check { $0[1] = with($0[1], "leaf", "AAAA") } }
  }
}
