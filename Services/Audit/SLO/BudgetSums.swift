import Domain
import Statistics
import Storage

/// Sums over the cases of a workflow that ended in one slot of time. Which of them were late depends on what the workflow promises and is
/// reckoned when somebody asks, so the sums do not.
struct BudgetSums: CellSums, Equatable, Sendable {
  enum Count: Int, CaseIterable, Sendable { case cases, reviewed, fieldsRequired, fieldsPresent }
  enum Time: Int, CaseIterable, Sendable {
    /// Of a case from ingestion to its end, without the platform's part, and without policy's too.
    case total, withoutPlatform, peoples
    /// From the first question to people to the end.
    case waited
  }
  private var counts = [Int64](repeating: 0, count: Count.allCases.count)
  private var times = [Sketch](repeating: Sketch(), count: Time.allCases.count)

  init() {}

  /// What one case adds. Nil of one that is open, or whose admission is not on record. Of one that was withdrawn nobody is late; what its
  /// records tell counts all the same, as in the KPI of that name.
  init?(_ row: CaseRow) {
    guard let end = row.ended, let lateness = Lateness(row.measures, until: end) else { return nil }
    self[.fieldsRequired] = row.measures.fields.due
    self[.fieldsPresent] = row.measures.fields.present
    guard row.outcome != Outcome.withdrawn.rawValue else { return }
    self[.cases] = 1
    add(lateness)
  }

  private mutating func add(_ lateness: Lateness) {
    times[Time.total.rawValue].add(lateness.total)
    times[Time.withoutPlatform.rawValue].add(lateness.withoutPlatform)
    times[Time.peoples.rawValue].add(lateness.peoples)
    guard let waited = lateness.waited else { return }
    self[.reviewed] = 1
    times[Time.waited.rawValue].add(waited)
  }

  subscript(_ count: Count) -> Int64 {
    get { counts[count.rawValue] }
    set { counts[count.rawValue] = newValue }
  }
  subscript(_ time: Time) -> Sketch { times[time.rawValue] }

  mutating func add(_ other: BudgetSums, times factor: Int64 = 1) {
    for place in counts.indices { counts[place] += other.counts[place] * factor }
    for place in times.indices { times[place].merge(other.times[place], times: Int(factor)) }
  }

  var isEmpty: Bool { self == BudgetSums() }

  var bytes: [UInt8] {
    var writer = Packed()
    writer.integer(Int64(counts.count))
    for count in counts { writer.integer(count) }
    for sketch in times { writer.sketch(sketch) }
    return writer.bytes
  }

  init(_ bytes: [UInt8]) throws(StoreError) {
    var reader = PackedReader(bytes[...])
    // A version with more counts adds them at the end.
    for place in 0..<(try reader.count()) {
      let value = try reader.integer()
      if counts.indices.contains(place) { counts[place] = value }
    }
    for place in times.indices { times[place] = try reader.sketch() }
  }
}
