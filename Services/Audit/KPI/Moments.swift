/// Moments of a case, in the order of their kinds: a few, looked up for each record, so that a walk is faster than a hash.
struct Moments: Sendable, Equatable {
  struct Entry: Sendable, Equatable {
    let moment: CaseMeasures.Moment
    /// µs; of `overdue` a length.
    var time: Int64
  }
  private(set) var entries: [Entry] = []

  subscript(_ moment: CaseMeasures.Moment) -> Int64? {
    for entry in entries where entry.moment.rawValue >= moment.rawValue { return entry.moment == moment ? entry.time : nil }
    return nil
  }

  /// Of several times of one kind the first counts, or the last.
  mutating func note(_ moment: CaseMeasures.Moment, _ time: Int64) {
    let place = entries.firstIndex { $0.moment.rawValue >= moment.rawValue } ?? entries.count
    guard place < entries.count, entries[place].moment == moment else {
      entries.insert(Entry(moment: moment, time: time), at: place)
      return
    }
    let old = entries[place].time
    entries[place].time = moment.isLast ? max(old, time) : min(old, time)
  }
}
