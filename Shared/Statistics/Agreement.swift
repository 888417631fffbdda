/// Whether two people say the same of the same items, of two possible answers. All of these are shown together: with rare
/// errors kappa alone misleads.
public struct Agreement: Sendable, Equatable {
  /// Both found an error, only the first, only the second, none.
  public let both: Int
  public let first: Int
  public let second: Int
  public let neither: Int

  public init(both: Int, first: Int, second: Int, neither: Int) {
    self.both = both
    self.first = first
    self.second = second
    self.neither = neither
  }

  public var count: Int { both + first + second + neither }

  /// The share of items on which they agree.
  public var raw: Double? { count == 0 ? nil : Double(both + neither) / Double(count) }

  /// Cohen (1960). Nil where chance alone would make them agree always.
  public var kappa: Double? {
    guard let raw else { return nil }
    let n = Double(count)
    let (p, q) = (Double(both + first) / n, Double(both + second) / n)
    let chance = p * q + (1 - p) * (1 - q)
    return chance < 1 ? (raw - chance) / (1 - chance) : nil
  }

  /// Gwet (2008).
  public var ac1: Double? {
    guard let raw else { return nil }
    let p = Double(2 * both + first + second) / Double(2 * count)
    let chance = 2 * p * (1 - p)
    return (raw - chance) / (1 - chance)
  }

  /// Of the errors, and of what is right: how much of what one of them says the other says too (Cicchetti and Feinstein 1990).
  public var positive: Double? { share(both) }
  public var negative: Double? { share(neither) }

  private func share(_ alike: Int) -> Double? {
    let all = 2 * alike + first + second
    return all == 0 ? nil : Double(2 * alike) / Double(all)
  }
}
