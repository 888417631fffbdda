import Statistics
import Storage

/// Sums over cases that are alike: whole numbers, so that they can be added up and taken away in any order. Times are µs.
struct KPISums: CellSums, Equatable, Sendable {
  enum Count: Int, CaseIterable, Sendable {
    case cases, latency, machine, queue, handle, undo, effect
    case decided, verified, unseen, overridden, auditedAfter, executed, defective
    case caught, missed, passed, alarmed, cleared, executedWrong, executedRight
    case fieldsRequired, fieldsPresent, recordsWhole, chainDue, chainSeen
    case escalated, tier1, tier2, tier3, tier4, tier5, tier6, tier7, tier8
    case recordsDue, fieldsEmpty, fieldsUnexplained
    /// What two adjudicators said of the same proposal: both that it was wrong, both that it was right, not the same.
    case pairsWrong, pairsRight, pairsDiffer

    static func tier(_ number: Int) -> Count { Count(rawValue: Count.tier1.rawValue + min(max(number, 1), CaseMeasures.tiers) - 1) ?? .tier1 }
  }

  private var counts = [Int64](repeating: 0, count: Count.allCases.count)
  /// From ingestion to the end, and from the first page to its end.
  var latencies = Sketch()
  var escalations = Sketch()

  init() {}

  subscript(_ count: Count) -> Int64 {
    get { counts[count.rawValue] }
    set { counts[count.rawValue] = newValue }
  }

  func int(_ count: Count) -> Int { Int(clamping: self[count]) }

  mutating func add(_ other: KPISums, times: Int64 = 1) {
    for place in counts.indices { counts[place] += other.counts[place] * times }
    latencies.merge(other.latencies, times: Int(times))
    escalations.merge(other.escalations, times: Int(times))
  }

  var isEmpty: Bool { self == KPISums() }

  var bytes: [UInt8] {
    var writer = Packed()
    writer.integer(Int64(counts.count))
    for count in counts { writer.integer(count) }
    for sketch in [latencies, escalations] { writer.sketch(sketch) }
    return writer.bytes
  }

  init(_ bytes: [UInt8]) throws(StoreError) {
    var reader = PackedReader(bytes[...])
    // A version with more counts adds them at the end.
    for place in 0..<(try reader.count()) {
      let value = try reader.integer()
      if counts.indices.contains(place) { counts[place] = value }
    }
    latencies = try reader.sketch()
    escalations = try reader.sketch()
  }
}
