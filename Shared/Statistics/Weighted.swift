/// A share estimated from a sample whose parts were drawn with different probabilities (Horvitz and Thompson; Hájek's ratio):
/// each item counts for `1 / probability` items.
public struct Weighted: Sendable, Equatable {
  /// Items that were drawn alike and came out alike.
  public struct Group: Sendable, Hashable {
    /// For how many items each stands: one over the probability with which it came to be looked at.
    public let weight: Double
    /// How many of those are hits; mostly all or none.
    public let part: Double
    public let count: Int

    public init(weight: Double, part: Double, count: Int) {
      self.weight = weight
      self.part = part
      self.count = count
    }

    public init(weight: Double, isHit: Bool, count: Int) { self.init(weight: weight, part: isHit ? weight : 0, count: count) }
  }

  /// Of the bootstrap's SplitMix64; stands beside every interval, so that it can be repeated.
  public static let seed: UInt64 = 0x5EED_2026
  public static let resamples = 2_000

  /// By weight, then part: sums and resamples do not depend on the order in which groups came.
  public let groups: [Group]

  public init(_ groups: [Group]) {
    var sums: [Group: Int] = [:]
    for group in groups where group.count > 0 && group.weight > 0 && group.weight.isFinite && 0 <= group.part && group.part <= group.weight {
      sums[Group(weight: group.weight, part: group.part, count: 0), default: 0] += group.count
    }
    self.groups = sums.map { Group(weight: $0.key.weight, part: $0.key.part, count: $0.value) }
      .sorted { ($0.weight, $0.part) < ($1.weight, $1.part) }
  }

  /// How many items were looked at, and of how many of them some part is a hit.
  public var count: Int { groups.reduce(0) { $0 + $1.count } }
  public var hits: Int { groups.reduce(0) { $0 + ($1.part > 0 ? $1.count : 0) } }
  /// How many items they stand for.
  public var total: Double { groups.reduce(0) { $0 + $1.weight * Double($1.count) } }
  public var weightedHits: Double { groups.reduce(0) { $0 + $1.part * Double($1.count) } }
  /// Nil of none.
  public var estimate: Double? { total > 0 ? weightedHits / total : nil }

  /// How many equally weighted items would tell as much (Kish 1965).
  public var effectiveCount: Double {
    let squares = groups.reduce(0) { $0 + $1.weight * $1.weight * Double($1.count) }
    return squares > 0 ? total * total / squares : 0
  }

  /// 95 %, from the 2.5th and the 97.5th percentile of 2,000 resamples. Where all items came out alike resampling says
  /// nothing: then the exact bound of the effective count. Nil of none.
  ///
  /// - Parameter generator: begun with `seed`.
  public func interval(resamples: Int = Weighted.resamples, using generator: inout some RandomNumberGenerator) -> Interval? {
    guard let estimate, count > 0 else { return nil }
    let few = max(1, Int(effectiveCount))
    if hits == 0 { return Proportion(0, of: few).exact() }
    if hits == count {
      return Proportion(few, of: few).exact().map { Interval(estimate * $0.low, estimate) }
    }
    // The group of each item, so that an item is drawn by one number.
    var place: [Int] = []
    place.reserveCapacity(count)
    for (index, group) in groups.enumerated() { place += repeatElement(index, count: group.count) }
    var shares: [Double] = []
    shares.reserveCapacity(resamples)
    for _ in 0..<resamples {
      var drawn = [Int](repeating: 0, count: groups.count)
      for _ in 0..<place.count { drawn[place[generator.below(place.count)]] += 1 }
      var (hits, total) = (0.0, 0.0)
      for (index, group) in groups.enumerated() {
        total += group.weight * Double(drawn[index])
        hits += group.part * Double(drawn[index])
      }
      shares.append(hits / total)
    }
    shares.sort()
    // The nearest ranks, towards the outside.
    let low = resamples * 25 / 1_000
    return Interval(shares[max(0, low - 1)], shares[min(resamples - 1, resamples - low)])
  }
}

extension RandomNumberGenerator {
  /// A number below `limit`: the high word of the product, with a bias below 2^-32 for every limit that occurs. The standard library's may change
  /// between versions, and a resampling must be repeatable anywhere from its seed.
  mutating func below(_ limit: Int) -> Int { Int(((next() >> 32) &* UInt64(limit)) >> 32) }
}
