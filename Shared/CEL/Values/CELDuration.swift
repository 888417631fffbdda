/// A span of time in nanoseconds, about 292 years either way ("Overflow": a single int64).
public struct CELDuration: Sendable, Equatable {
  public let nanoseconds: Int64

  public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

  private static let units: [(name: String, nanoseconds: Int64)] = [
    ("h", 3_600_000_000_000), ("ms", 1_000_000), ("m", 60_000_000_000), ("s", 1_000_000_000), ("us", 1_000),
    ("µs", 1_000),
    ("μs", 1_000), ("ns", 1),
  ]

  /// Reads "1h30m", "-1.5h", "0", "23.4s"; units h, m, s, ms, us, ns. Nil if malformed or out of range.
  public init?(_ text: String) {
    var reader = DigitReader(text)
    let negative = reader.skip("-")
    if !negative { _ = reader.skip("+") }
    var zero = reader
    if zero.skip("0"), zero.isAtEnd {
      self.init(nanoseconds: 0)
      return
    }
    if reader.isAtEnd { return nil }
    var total: Int64 = 0
    while !reader.isAtEnd {
      let startsWithDigit = reader.isAtDigit
      let whole: Int64
      if startsWithDigit {
        guard let number = reader.number() else { return nil }
        whole = number
      } else {
        whole = 0
      }
      var fraction: (value: Int64, places: Int) = (0, 0)
      if reader.skip(".") {
        fraction = reader.longFraction()
        if !startsWithDigit && fraction.places == 0 { return nil }
      } else if !startsWithDigit {
        return nil
      }
      guard let unit = CELDuration.units.first(where: { reader.skip(text: $0.name) }) else { return nil }
      let (scaled, over) = whole.multipliedReportingOverflow(by: unit.nanoseconds)
      let part = CELDuration.scale(fraction.value, places: fraction.places, by: unit.nanoseconds)
      let (with, lost) = scaled.addingReportingOverflow(part)
      let (sum, beyond) = negative ? total.subtractingReportingOverflow(with) : total.addingReportingOverflow(with)
      if over || lost || beyond { return nil }
      total = sum
    }
    self.init(nanoseconds: total)
  }

  /// `value / 10^places * unit`, cut to whole nanoseconds; exact, since the product is taken in double width.
  private static func scale(_ value: Int64, places: Int, by unit: Int64) -> Int64 {
    var divisor: Int64 = 1
    for _ in 0..<places { divisor *= 10 }
    let product = value.multipliedFullWidth(by: unit)
    return divisor.dividingFullWidth(product).quotient
  }

  /// Seconds with an "s": "60.001s", "-0.5s"; the fraction without trailing zeros, or grouped as ProtoJSON wants it.
  public func text(groupedFraction: Bool = false) -> String {
    let (seconds, part) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
    let sign = nanoseconds < 0 && seconds == 0 ? "-" : ""
    return "\(sign)\(seconds)\(fractionText(abs(part), grouped: groupedFraction))s"
  }
}
