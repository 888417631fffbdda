import Wire

/// The records of one partition. Offsets are dense.
struct MemoryLog: Sendable {
  struct Entry: Sendable {
    let frame: Frame
    let timestamp: Int64
    /// The number of the poll from which on it can be seen.
    let visibleFrom: Int
  }

  private(set) var low: Int64 = 0
  private(set) var entries: [Entry] = []

  var high: Int64 { low + Int64(entries.count) }

  /// Nil outside the log.
  func entry(at offset: Int64) -> Entry? {
    guard offset >= low, offset < high else { return nil }
    return entries[Int(offset - low)]
  }

  mutating func append(_ entry: Entry) { entries.append(entry) }

  /// Cuts off the last `count` records: their offsets will be given again.
  mutating func cutEnd(_ count: Int) { entries.removeLast(min(max(0, count), entries.count)) }

  /// Drops the `count` oldest records.
  mutating func dropOldest(_ count: Int) {
    let dropped = min(max(0, count), entries.count)
    entries.removeFirst(dropped)
    low += Int64(dropped)
  }
}
