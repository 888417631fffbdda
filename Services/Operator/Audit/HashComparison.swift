import Ledger

/// Compares the hashes of records as they are with those that are stored, and says at which place what happened: one changed, one taken out, one
/// put in, two exchanged.
struct HashComparison {
  private var computed: [TreeHash] = []
  private var stored: [TreeHash] = []
  /// Only what is not equal is kept: both runs begin at this position.
  private var start: UInt64 = 0
  private(set) var flaws: [Flaw] = []
  /// How many were put in and taken out before: as many are left over at the end.
  private var inserted = 0
  private var missing = 0
  /// So much is looked ahead for a record that is in another place.
  private static let window = 4_096

  mutating func compute(_ hash: TreeHash) { computed.append(hash) }

  mutating func store(_ hashes: [TreeHash]) {
    stored += hashes
    trim()
    if computed.count > Self.window { settle(upTo: computed.count - Self.window / 2) }
  }

  /// Drops the beginning that is equal.
  private mutating func trim() {
    var same = 0
    while same < computed.count, same < stored.count, computed[same] == stored[same] { same += 1 }
    start += UInt64(same)
    computed.removeFirst(same)
    stored.removeFirst(same)
  }

  /// All records are known.
  mutating func finish() { settle(upTo: Int.max) }

  private mutating func settle(upTo limit: Int) {
    var done = 0
    while true {
      trim()
      guard flaws.count < Inspection.flawLimit, done < limit, !(computed.isEmpty && stored.isEmpty) else { return }
      // What is not there yet may come with the next run.
      if limit != .max, stored.isEmpty || computed.isEmpty { return }
      let before = computed.count
      step()
      done += max(1, before - computed.count)
    }
  }

  /// Says what the first difference is, and goes on behind it.
  private mutating func step() {
    let position = start
    guard let here = computed.first else {
      guard stored.count > inserted else { return stored.removeAll() }
      let end = position + UInt64(stored.count) - 1
      flaws.append(
        Flaw(kind: .truncated, position: position, through: end, text: "the records end before \(position): those from \(position) to \(end) are missing"))
      return stored.removeAll()
    }
    guard let wanted = stored.first else {
      guard computed.count > missing else { return computed.removeAll() }
      flaws.append(Flaw(kind: .inserted, position: position, text: "there are records from \(position) on that were never signed"))
      return computed.removeAll()
    }
    if let other = computed.dropFirst().firstIndex(of: wanted), stored.indices.contains(other), stored[other] == here, other > 0 {
      flaws.append(
        Flaw(
          kind: .swapped, position: position, through: position + UInt64(other),
          text: "records \(position) and \(position + UInt64(other)) stand in each other's place"))
      computed.swapAt(0, other)
    } else if let other = computed.prefix(64).firstIndex(of: wanted) {
      flaws.append(
        Flaw(
          kind: .inserted, position: position,
          text: "\(other == 1 ? "a record was" : "\(other) records were") put in before record \(position)"))
      computed.removeFirst(other)
      inserted += other
    } else if let other = stored.prefix(64).firstIndex(of: here) {
      // What is here belongs further on: those before it were taken out.
      flaws.append(
        Flaw(
          kind: .missing, position: position, through: other > 1 ? position + UInt64(other) - 1 : nil,
          text: other > 1 ? "records \(position) to \(position + UInt64(other) - 1) are missing" : "record \(position) is missing"))
      stored.removeFirst(other)
      start += UInt64(other)
      missing += other
    } else {
      flaws.append(Flaw(kind: .changed, position: position, text: "record \(position) is not the one that was signed"))
      computed.removeFirst()
      stored.removeFirst()
      start += 1
    }
  }
}
