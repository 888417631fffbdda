/// Durations, so that quantiles are known to within one percent and parts can be added up and taken away in any order.
///
/// As DDSketch (Masson, Rim and Lee, VLDB 2019): buckets whose edges grow by the factor `gamma`. The edges are made by repeated
/// multiplication alone, so that every machine and every language has the same. Durations below a millisecond lie in the first
/// bucket, those above 400 days in the last.
public struct Sketch: Sendable, Equatable {
  /// The greatest relative error of a quantile.
  public static let error = 0.01
  public static let gamma = (1 + error) / (1 - error)
  /// The upper edge of each bucket, µs; a duration lies in the first bucket whose edge it does not exceed.
  public static let edges: [Double] = {
    var edges = [1_000.0]
    while edges[edges.count - 1] < 400 * 86_400e6 { edges.append(edges[edges.count - 1] * gamma) }
    return edges
  }()

  /// Of buckets that are not empty, by their number.
  public private(set) var counts: [Int: Int] = [:]

  public init() {}

  public var count: Int { counts.values.reduce(0, +) }
  public var isEmpty: Bool { counts.isEmpty }

  /// - Parameter microseconds: negative ones (clocks differ) count as none.
  public static func bucket(_ microseconds: Int64) -> Int {
    let value = Double(max(0, microseconds))
    var (low, high) = (0, edges.count - 1)
    while low < high {
      let middle = (low + high) / 2
      if value <= edges[middle] { high = middle } else { low = middle + 1 }
    }
    return low
  }

  /// What stands for all durations of a bucket, µs: off by one percent at most from either edge.
  public static func value(_ bucket: Int) -> Double {
    bucket <= 0 ? edges[0] : edges[min(bucket, edges.count - 1)] * 2 / (gamma + 1)
  }

  /// How many were longer than this, as far as buckets tell: what lies in its own bucket (1 %) counts as not longer.
  public func count(over microseconds: Int64) -> Int {
    let limit = Self.bucket(microseconds)
    return counts.reduce(0) { $0 + ($1.key > limit ? $1.value : 0) }
  }

  /// - Parameter times: negative to take away what was added before.
  public mutating func add(_ microseconds: Int64, times: Int = 1) { add(bucket: Self.bucket(microseconds), times: times) }

  public mutating func add(bucket: Int, times: Int) {
    let sum = counts[bucket, default: 0] + times
    counts[bucket] = sum == 0 ? nil : sum
  }

  public mutating func merge(_ other: Sketch, times: Int = 1) {
    for (bucket, count) in other.counts { add(bucket: bucket, times: count * times) }
  }
}
