/// How often the in-memory broker does what brokers and networks do. All are probabilities from 0 to 1; without
/// faults it is a broker that never fails.
public struct Faults: Sendable {
  /// For each row sent: its records appear twice.
  public var duplicate = 0.0
  /// For each row sent: its records are in the log, the report is an error.
  public var loseAcknowledgement = 0.0
  /// For each row sent: some of its first records arrive, the others are refused, the report is an error. Rows sent
  /// after it arrive, until the producer's owner reads that report.
  public var refuse = 0.0
  /// For each row sent: it stays on the wire until `MemoryBroker.tick`, even where its producer is closed meanwhile,
  /// and with it all that the producer sends to that partition afterwards. For each tick: it stays there still.
  public var hold = 0.0
  /// For each row on the wire and each tick: it is lost, and so is what follows it in its partition; a producer that is
  /// still open hears of it.
  public var loseOnWire = 0.0
  /// For each record: it becomes visible, and with it what follows, only after 1 to `longestDelay` more polls of any
  /// client.
  public var delay = 0.0
  public var longestDelay = 4
  /// For each poll: its partitions come in a random order, each with a random share of what is there.
  public var reorder = 0.0

  public init() {}
}

/// What shall happen to one row that is sent.
public enum Fate: Sendable, Equatable {
  case deliver, duplicate, loseAcknowledgement, hold
  /// The first `after` records arrive (at most all but one); the others are refused.
  case refuse(after: Int)
}
