/// A proof that something is in a log, in one file that is checked offline (C2SP tlog-proof).
public struct TlogProof: Sendable, Equatable {
  static let title = "c2sp.org/tlog-proof@v1"

  /// Not vouched for by anything; ours holds the entry itself.
  public let extra: [UInt8]?
  public let index: UInt64
  public let path: [TreeHash]
  /// The checkpoint with all of its signatures.
  public let checkpoint: String

  public init(extra: [UInt8]?, index: UInt64, path: [TreeHash], checkpoint: String) {
    self.extra = extra
    self.index = index
    self.path = path
    self.checkpoint = checkpoint
  }

  public var text: String {
    "\(Self.title)\n" + (extra.map { "extra \(Base64.text($0))\n" } ?? "") + "index \(index)\n"
      + path.map { "\($0.base64)\n" }.joined() + "\n" + checkpoint
  }

  /// - Returns: nil for any text but the one that `text` gives.
  public init?(_ text: String) {
    guard let cut = text.firstRange(of: "\n\n") else { return nil }
    var lines = text[..<cut.lowerBound].split(separator: "\n", omittingEmptySubsequences: false)[...]
    guard lines.popFirst() == Self.title[...] else { return nil }
    var extra: [UInt8]?
    if let line = lines.first, line.hasPrefix("extra ") {
      guard let bytes = Base64.bytes(line.dropFirst(6)) else { return nil }
      extra = bytes
      lines.removeFirst()
    }
    guard let line = lines.popFirst(), line.hasPrefix("index "), let index = UInt64(line.dropFirst(6)), lines.count < 64 else { return nil }
    var path: [TreeHash] = []
    for line in lines {
      guard let hash = TreeHash(base64: line) else { return nil }
      path.append(hash)
    }
    self.init(extra: extra, index: index, path: path, checkpoint: String(text[cut.upperBound...]))
    guard self.text.utf8.elementsEqual(text.utf8) else { return nil }
  }

  /// Checks that an entry is in the tree of a checkpoint, which its reader has opened with keys of his own.
  public func verify(_ entry: TreeHash, in checkpoint: Checkpoint) throws(ProofError) {
    try verifyInclusion(of: entry, at: index, size: checkpoint.size, root: checkpoint.root, proof: path)
  }
}
