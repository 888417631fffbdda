import Ledger

/// A ledger over HTTP, in the layout of C2SP tlog-tiles. Bodies of records are not served there.
struct WebSource: LedgerSource {
  let place: String
  let isLive = true
  let hasContents = false
  private let web: WebClient
  private let prefix: String
  private var bundle: UInt64 = 0
  private var size: UInt64?

  /// - Parameter address: of audit, or the prefix of the ledger's own paths.
  init(_ address: String) throws {
    let base = address.hasSuffix("/") ? String(address.dropLast()) : address
    // Nothing but a host: that is audit, which serves it under /ledger.
    prefix = base.split(separator: "/", omittingEmptySubsequences: true).count <= 2 ? "/ledger" : ""
    web = try WebClient(base, tokenFile: nil)
    place = base + prefix
  }

  func checkpoint(witnessed: Bool) async throws -> String? { try await text("/checkpoint") }
  func history() async throws -> [String] { CheckpointHistory.notes(try await text("/checkpoints?limit=10000") ?? "").notes }
  func keyChanges() async throws -> [String] { CheckpointHistory.notes(try await text("/keys") ?? "").notes }

  private func text(_ path: String) async throws -> String? { try await bytes(path).map { String(decoding: $0, as: UTF8.self) } }

  private func bytes(_ path: String) async throws -> [UInt8]? {
    let answer = try await web.get(prefix + path)
    if answer.status == 404 { return nil }
    guard answer.status == 200 else { throw OperatorError("\(place)\(path) answers \(answer.status).") }
    return answer.body
  }

  /// Of the last run as many as the checkpoint told of when it was first asked for.
  mutating func next() async throws -> [SourceRecord] {
    if size == nil { size = try await checkpoint(witnessed: false).flatMap { try? Note($0) }.flatMap { UInt64($0.body.split(separator: "\n")[1]) } }
    let first = bundle * UInt64(TilePath.width)
    guard let size, first < size else { return [] }
    let path = TilePath(.entries, index: bundle, count: Int(min(UInt64(TilePath.width), size - first)))
    guard let bytes = try await bytes("/" + path.text) else { return [] }
    bundle += 1
    var records: [SourceRecord] = []
    var at = 0
    while at + 2 <= bytes.count {
      let end = at + 2 + (Int(bytes[at]) << 8 | Int(bytes[at + 1]))
      guard end <= bytes.count else { break }
      records.append(SourceRecord(leaf: Array(bytes[(at + 2)..<end]), content: nil, place: path.text))
      at = end
    }
    return records
  }

  func hashes(level: Int, from: UInt64, count: Int) async throws -> [TreeHash] {
    let width = UInt64(TilePath.width)
    let path = TilePath(.hashes(level: level), index: from / width, count: Int(from % width) + count)
    guard path.count <= TilePath.width, let bytes = try await bytes("/" + path.text) else { return [] }
    return stride(from: Int(from % width) * TreeHash.size, to: bytes.count, by: TreeHash.size)
      .compactMap { TreeHash(bytes[$0..<min($0 + TreeHash.size, bytes.count)]) }
  }
}
