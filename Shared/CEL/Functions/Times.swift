/// What can be asked of a timestamp, by the name of the function ("Date/Time Functions").
enum TimePart: String, CaseIterable, Sendable {
  case getFullYear, getMonth, getDate, getDayOfMonth, getDayOfYear, getDayOfWeek
  case getHours, getMinutes, getSeconds, getMilliseconds

  func of(_ instant: CELTimestamp, in zone: Zone?) -> Int64 {
    let time = CivilTime(secondsSinceEpoch: instant.seconds + (zone?.offset(at: instant) ?? 0))
    return switch self {
    case .getFullYear: time.year
    case .getMonth: time.month - 1
    case .getDate: time.day
    case .getDayOfMonth: time.day - 1
    case .getDayOfYear: time.dayOfYear
    case .getDayOfWeek: time.weekday
    case .getHours: time.hour
    case .getMinutes: time.minute
    case .getSeconds: time.second
    case .getMilliseconds: Int64(instant.nanoseconds / 1_000_000)
    }
  }

  /// The whole duration in that unit, but only the part under a second in milliseconds; nil for days and more.
  func of(_ span: CELDuration) -> Int64? {
    switch self {
    case .getHours: span.nanoseconds / 3_600_000_000_000
    case .getMinutes: span.nanoseconds / 60_000_000_000
    case .getSeconds: span.nanoseconds / 1_000_000_000
    case .getMilliseconds: span.nanoseconds % 1_000_000_000 / 1_000_000
    default: nil
    }
  }

  var takesDuration: Bool { of(CELDuration(nanoseconds: 0)) != nil }
}

let timeFunctions: [Function] = TimePart.allCases.flatMap { part in
  [
    .receiver(
      part.rawValue, [([.timestamp], .int)] + (part.takesDuration ? [([.duration], .int)] : []),
      .unary { (value, _) throws(Fault) -> CELValue in
        switch value {
        case .timestamp(let instant): return .int(part.of(instant, in: nil))
        case .duration(let span): if let result = part.of(span) { return .int(result) }
        default: break
        }
        throw .noOverload(part.rawValue, value)
      }),
    .receiver(
      part.rawValue, [([.timestamp, .string], .int)],
      .binary { (value, zone, budget) throws(Fault) -> CELValue in
        guard case .timestamp(let instant) = value, case .string(let name) = zone else {
          throw .noOverload(part.rawValue, value, zone)
        }
        try budget.charge(Zone.cost)
        return .int(part.of(instant, in: try Zone(name)))
      }),
  ]
}

/// `timestamp.getHours('Europe/Berlin')` and its like with a constant zone.
final class ZonedPart: Node {
  private let instant: any Node
  private let part: TimePart
  private let zone: Zone
  let offset: Int

  init(_ instant: any Node, _ part: TimePart, _ zone: Zone, at offset: Int) {
    self.instant = instant
    self.part = part
    self.zone = zone
    self.offset = offset
  }

  func value(_ frame: inout Frame) throws(Fault) -> CELValue {
    try frame.budget.charge(1)
    switch try instant.value(&frame) {
    case .timestamp(let instant): return .int(part.of(instant, in: zone))
    case let other: throw Fault.noOverload(part.rawValue, other, "", at: offset)
    }
  }
}
