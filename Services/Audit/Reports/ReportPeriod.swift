import Wire

/// What a report is about: a day, a week from Monday on, a quarter. All in UTC.
struct ReportPeriod: Equatable, Sendable {
  enum Kind: String, CaseIterable, Sendable { case daily, weekly, quarterly }
  let kind: Kind
  /// Days since 1970; both count.
  let days: ClosedRange<Int64>

  /// - Parameter day: one of its days.
  init(_ kind: Kind, containing day: Int64) {
    self.kind = kind
    switch kind {
    case .daily: days = day...day
    case .weekly:
      // 1970 began on a Thursday.
      let monday = day - (day + 3) % 7
      days = monday...(monday + 6)
    case .quarterly:
      let first = Self.quarter(day)
      // No quarter has fewer than 90 days or more than 92.
      days = first...(Self.quarter(first + 95) - 1)
    }
  }

  /// The one before it.
  var before: ReportPeriod { ReportPeriod(kind, containing: days.lowerBound - 1) }
  var first: String { KPIQuestion.date(days.lowerBound) }
  var last: String { KPIQuestion.date(days.upperBound) }
  /// What signatures name.
  var key: String { "\(kind.rawValue)/\(first)" }

  private static func quarter(_ day: Int64) -> Int64 {
    let date = KPIQuestion.date(day)
    let month = (Int(date.dropFirst(5).prefix(2)) ?? 1) - 1
    let first = month / 3 * 3 + 1
    let start = Instant(rfc3339: "\(date.prefix(4))-\(first < 10 ? "0" : "")\(first)-01T00:00:00Z")
    return (start?.microseconds ?? 0) / Contribution.dayLength
  }
}
