extension Note {
  /// Leaves that a checkpoint says it tells of (C2SP tlog-checkpoint, second line), whoever signed it; nil where the note is none.
  public var claimedSize: UInt64? { body.split(separator: "\n").dropFirst().first.flatMap { UInt64($0) } }
}
