/// Which part of a case a record's content is of. A class may keep each part for a time of its own.
public enum ContentPart: String, CaseIterable, Sendable {
  /// What came in and what intake answered.
  case item
  /// What the model was shown, what it proposed, what it was told afterwards.
  case model
  /// The case file, decisions and what people wrote.
  case people
  /// Permits, effects and outcomes.
  case action
}

/// For how long contents of cases are kept after their end.
public struct RetentionClass: Sendable, Equatable {
  public let name: String
  public let days: Int64
  public var parts: [ContentPart: Int64]
  /// µs.
  public static let day: Int64 = 86_400_000_000

  public init(name: String, days: Int64, parts: [ContentPart: Int64] = [:]) { (self.name, self.days, self.parts) = (name, days, parts) }

  public func days(_ part: ContentPart) -> Int64 { parts[part] ?? days }
  /// The shortest of them.
  public var fewest: Int64 { ContentPart.allCases.map(days).min() ?? days }

  /// Parts whose time is over. - Parameter end: of the case, and now; µs.
  public func due(since end: Int64, at now: Int64) -> [ContentPart] {
    ContentPart.allCases.filter { part in
      let (time, isTooLong) = days(part).multipliedReportingOverflow(by: Self.day)
      return !isTooLong && now - end >= time
    }
  }
}
