import Ledger

/// A record as a ledger keeps it.
struct SourceRecord {
  let leaf: [UInt8]
  /// Salt and body; nil where this source has none.
  let content: SourceContent?
  /// Where it lies, in words.
  let place: String
}

struct SourceContent {
  let salt: [UInt8]
  /// Nil where the record has no body.
  let bytes: [UInt8]?

  /// Overwritten with zeros, salt and all: what was there is gone, and its leaf stays.
  var isErased: Bool { salt.allSatisfy { $0 == 0 } && (bytes ?? []).allSatisfy { $0 == 0 } }

  var hash: TreeHash {
    salt.withUnsafeBytes { salt in
      guard let bytes else { return Leaf.contentHash(salt: salt, nil) }
      return bytes.withUnsafeBytes { Leaf.contentHash(salt: salt, $0) }
    }
  }
}

/// A ledger that is looked through from its beginning: a folder, or audit over HTTP.
protocol LedgerSource {
  var place: String { get }
  /// Whether it is asked of audit at work, so that what it says goes on.
  var isLive: Bool { get }
  /// Whether each record must come with its content.
  var hasContents: Bool { get throws }
  /// The last checkpoint, or the last that enough witnesses have cosigned; nil where there is none.
  func checkpoint(witnessed: Bool) async throws -> String?
  /// Earlier checkpoints, as far as they are kept.
  func history() async throws -> [String]
  func keyChanges() async throws -> [String]
  /// The next records, at most 256; none at the end.
  mutating func next() async throws -> [SourceRecord]
  /// Stored hashes of a level of tiles (level 0: the leaves'), fewer at their end.
  func hashes(level: Int, from: UInt64, count: Int) async throws -> [TreeHash]
}

/// A ledger's folder as audit writes it, or a copy of one.
struct FolderSource: LedgerSource {
  /// Bytes of a file by its name in the folder, at most `count` from `offset` on; nil where there is no such file.
  typealias Read = (_ name: String, _ offset: Int, _ count: Int) throws -> [UInt8]?

  let place: String
  let isLive = false
  private let read: Read
  private var segment = 1
  private var leafAt = 0
  private var contentAt = 0
  private static let small = 64 << 20

  init(place: String, read: @escaping Read) {
    self.place = place
    self.read = read
  }

  /// A copy for others may be without them.
  var hasContents: Bool { get throws { try read("content/\(Self.number(1)).log", 0, 1) != nil } }

  func checkpoint(witnessed: Bool) throws -> String? { try text(witnessed ? "checkpoint.witnessed" : "checkpoint") }
  func history() throws -> [String] { CheckpointHistory.notes(try text("checkpoints") ?? "").notes }
  func keyChanges() throws -> [String] { CheckpointHistory.notes(try text("keys") ?? "").notes }

  private func text(_ name: String) throws -> String? {
    try read(name, 0, Self.small).map { String(decoding: $0, as: UTF8.self) }
  }

  func hashes(level: Int, from: UInt64, count: Int) throws -> [TreeHash] {
    let bytes = try read("hashes/\(level).log", Int(from) * TreeHash.size, count * TreeHash.size) ?? []
    return stride(from: 0, to: bytes.count - bytes.count % TreeHash.size, by: TreeHash.size)
      .compactMap { TreeHash(bytes[$0..<($0 + TreeHash.size)]) }
  }

  mutating func next() throws -> [SourceRecord] {
    var records: [SourceRecord] = []
    // One read for a bundle; what follows it is read again with the next.
    var bytes = try read(name("segments"), leafAt, 256 * (Leaf.limit + 2)) ?? []
    if bytes.isEmpty, try read("segments/\(Self.number(segment + 1)).log", 0, 1) != nil {
      (segment, leafAt, contentAt) = (segment + 1, 0, 0)
      bytes = try read(name("segments"), 0, 256 * (Leaf.limit + 2)) ?? []
    }
    var at = 0
    while records.count < 256, at + 2 <= bytes.count {
      let end = at + 2 + (Int(bytes[at]) << 8 | Int(bytes[at + 1]))
      guard end <= bytes.count else { break }
      records.append(
        SourceRecord(leaf: Array(bytes[(at + 2)..<end]), content: try nextContent(), place: "\(name("segments")), byte \(leafAt)"))
      leafAt += end - at
      at = end
    }
    return records
  }

  private mutating func nextContent() throws -> SourceContent? {
    guard let head = try read(name("content"), contentAt, 20), head.count == 20 else { return nil }
    let size = head[16..<20].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    let salt = Array(head[..<16])
    guard size != .max else {
      contentAt += 20
      return SourceContent(salt: salt, bytes: nil)
    }
    guard let bytes = try read(name("content"), contentAt + 20, min(Int(size), Self.small)), bytes.count == Int(size) else { return nil }
    contentAt += 20 + Int(size)
    return SourceContent(salt: salt, bytes: bytes)
  }

  private func name(_ folder: String) -> String { "\(folder)/\(Self.number(segment)).log" }
  private static func number(_ segment: Int) -> String { String(String(1_000_000 + segment).dropFirst()) }
}
