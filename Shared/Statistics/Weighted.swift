/// A share estimated from a sample whose parts were drawn with different probabilities (Horvitz and Thompson; Hájek's ratio):
/// each item counts for `1 / probability` items.
public struct Weighted: Sendable, Equatable {
  /// Items that were drawn alike and came out alike.
  public struct Group: Sendable, Equatable {
    /// One over the probability with which an item came to be looked at.
    public let weight: Double
    public let isHit: Bool
    public let count: Int

    public init(weight: Double, isHit: Bool, count: Int) {
      self.weight = weight
      self.isHit = isHit
      self.count = count
    }
  }

  /// Of the bootstrap; stands beside every interval, so that it can be repeated.
  public static let seed: UInt64 = 0x5EED_2026
  public static let resamples = 2_000

  /// By weight, misses first: sums and resamples do not depend on the order in which groups came.
  public let groups: [Group]

  public init(_ groups: [Group]) {
    var sums: [Key: Int] = [:]
    for group in groups where group.count > 0 && group.weight > 0 && group.weight.isFinite {
      sums[Key(weight: group.weight, isHit: group.isHit), default: 0] += group.count
    }
    self.groups = sums.map { Group(weight: $0.key.weight, isHit: $0.key.isHit, count: $0.value) }
      .sorted { ($0.weight, $0.isHit ? 1 : 0) < ($1.weight, $1.isHit ? 1 : 0) }
  }

  private struct Key: Hashable {
    let weight: Double
    let isHit: Bool
  }

  /// How many items were looked at.
  public var count: Int { groups.reduce(0) { $0 + $1.count } }
  public var hits: Int { groups.reduce(0) { $0 + ($1.isHit ? $1.count : 0) } }
  /// How many items they stand for.
  public var total: Double { groups.reduce(0) { $0 + $1.weight * Double($1.count) } }
  public var weightedHits: Double { groups.reduce(0) { $0 + ($1.isHit ? $1.weight * Double($1.count) : 0) } }
  /// Nil of none.
  public var estimate: Double? { total > 0 ? weightedHits / total : nil }

  /// How many equally weighted items would tell as much (Kish 1965).
  public var effectiveCount: Double {
    let squares = groups.reduce(0) { $0 + $1.weight * $1.weight * Double($1.count) }
    return squares > 0 ? total * total / squares : 0
  }

  /// 95 %, from the 2.5th and the 97.5th percentile of 2,000 resamples. Where all items came out alike resampling says
  /// nothing: then the exact bound of the effective count. Nil of none.
  public func interval(seed: UInt64 = Weighted.seed, resamples: Int = Weighted.resamples) -> Interval? {
    guard count > 0 else { return nil }
    let few = max(1, Int(effectiveCount))
    if hits == 0 { return Proportion(0, of: few).exact() }
    if hits == count { return Proportion(few, of: few).exact() }
    // The group of each item, so that an item is drawn by one number.
    var place: [Int] = []
    place.reserveCapacity(count)
    for (index, group) in groups.enumerated() { place += repeatElement(index, count: group.count) }
    var generator = Generator(seed: seed)
    var shares: [Double] = []
    shares.reserveCapacity(resamples)
    for _ in 0..<resamples {
      var drawn = [Int](repeating: 0, count: groups.count)
      for _ in 0..<place.count { drawn[place[generator.below(place.count)]] += 1 }
      var (hits, total) = (0.0, 0.0)
      for (index, group) in groups.enumerated() {
        let sum = group.weight * Double(drawn[index])
        total += sum
        if group.isHit { hits += sum }
      }
      shares.append(hits / total)
    }
    shares.sort()
    // The nearest ranks, towards the outside.
    let low = resamples * 25 / 1_000
    return Interval(shares[max(0, low - 1)], shares[min(resamples - 1, resamples - low)])
  }
}
