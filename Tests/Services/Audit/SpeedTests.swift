import Foundation
import Ledger
import Messaging
import Storage
import Testing
import Wire

@testable import countersign_audit

/// What taking in a record costs audit: ledger, index and figures, each batch synced and committed on disk, beside a bare loop that
/// appends the same bytes to a file and syncs as often. Prints and asserts nothing of time; deploy/benchmarks/ingest runs it with more
/// batches (COUNTERSIGN_BENCH_BATCHES).
@Suite(.serialized) struct SpeedTests {
  /// Records of a batch: five for each case.
  private static let batch = 4_000

  @Test func recordsAreTakenIn() throws {
    let count = ProcessInfo.processInfo.environment["COUNTERSIGN_BENCH_BATCHES"].flatMap { Int($0) } ?? 2
    let folder = URL(filePath: NSTemporaryDirectory()).appending(path: "countersign-ingest-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let store = try SQLiteStore(path: folder.appending(path: "audit.sqlite").path)
    try store.migrate(Tables.migrations)
    let ledger = try TestLedger()
    let plain = folder.appending(path: "plain")
    try Data().write(to: plain)
    let file = try FileHandle(forWritingTo: plain)
    var records = Records()
    let body = "{\"text\":\"" + String(repeating: "x", count: 600) + "\"}"
    var taken = Duration.zero, appended = Duration.zero, bytes = 0
    // Cases begin in one batch and end in the next, as they do where they wait.
    var rest: [Message] = []
    // In turn, so that what else the machine does meets both.
    for number in 0..<count {
      let cases = (0..<Self.batch / 5).map { records.automaticCase(number * Self.batch / 5 + $0, body: body) }
      let messages = rest + cases.flatMap { $0.prefix(3) }
      rest = cases.flatMap { $0.dropFirst(3) }
      taken += try ContinuousClock().measure { try ledger.absorb(messages, into: store) }
      appended += try ContinuousClock().measure {
        for message in messages { try file.write(contentsOf: message.frame.bytes) }
        try file.synchronize()
      }
      bytes += messages.reduce(0) { $0 + $1.frame.bytes.count }
    }
    try file.close()
    let all = count * Self.batch - rest.count
    #expect(try ledger.extent(store)?.tree.size == UInt64(all))
    func stored(_ folder: URL) -> Int {
      let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: [.fileSizeKey])?.compactMap { $0 as? URL } ?? []
      return files.reduce(0) { $0 + ((try? $1.resourceValues(forKeys: [.fileSizeKey]).fileSize) ?? 0) }
    }
    try FileManager.default.removeItem(at: plain)
    let (kept, indexed) = (stored(URL(filePath: ledger.folder)), stored(folder))
    print("on disk a record: ledger \(kept / all) bytes, index \(indexed / all) bytes")
    print(
      "audit takes in \(Self.rate(all, taken)) records/s (\(taken / all) each, \(bytes / all) bytes); a bare loop that appends and syncs \(Self.rate(all, appended)): \(Int(taken / appended)) times as many")
  }

  private static func rate(_ count: Int, _ took: Duration) -> Int { Int(Double(count) / (took / .seconds(1))) }
}
