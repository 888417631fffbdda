/// Moments of a case, in the order of their kinds: a few, looked up for each record, so that a walk is faster than a hash.
struct Moments: Sendable, Equatable {
  struct Entry: Sendable, Equatable {
    let moment: CaseMeasures.Moment
    /// µs; of `overdue` a length.
    var time: Int64
  }
  private(set) var entries: [Entry] = []

  subscript(_ moment: CaseMeasures.Moment) -> Int64? {
    get {
      for entry in entries where entry.moment.rawValue >= moment.rawValue { return entry.moment == moment ? entry.time : nil }
      return nil
    }
    set {
      let place = entries.firstIndex { $0.moment.rawValue >= moment.rawValue } ?? entries.count
      let isKnown = place < entries.count && entries[place].moment == moment
      switch (newValue, isKnown) {
      case (let time?, true): entries[place].time = time
      case (let time?, false): entries.insert(Entry(moment: moment, time: time), at: place)
      case (nil, true): entries.remove(at: place)
      case (nil, false): break
      }
    }
  }
}
