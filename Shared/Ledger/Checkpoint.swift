/// What a log says of itself at one moment: its name, its size, its root (C2SP tlog-checkpoint).
public struct Checkpoint: Sendable, Equatable {
  public let origin: String
  public let size: UInt64
  public let root: TreeHash

  public init(origin: String, size: UInt64, root: TreeHash) {
    self.origin = origin
    self.size = size
    self.root = root
  }

  /// The text that is signed: three lines.
  public var body: String { "\(origin)\n\(size)\n\(root.base64)\n" }

  /// - Returns: nil for anything but the three lines that `body` gives.
  public init?(body: Substring) {
    let lines = body.split(separator: "\n", omittingEmptySubsequences: false)
    guard lines.count == 4, lines[3].isEmpty, !lines[0].isEmpty, let size = UInt64(lines[1]), "\(size)" == lines[1],
      let root = TreeHash(base64: lines[2])
    else { return nil }
    self.init(origin: String(lines[0]), size: size, root: root)
    guard self.body == body else { return nil }
  }
}
