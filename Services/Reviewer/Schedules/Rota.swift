import Wire

/// Who of a group is on call when: people in turn, and what was agreed on instead.
struct Rota: Sendable, Equatable {
  /// Somebody takes over for a time.
  struct Override: Sendable, Equatable {
    let from: Instant
    let until: Instant
    let person: String
  }

  let clock: LocalClock
  /// The day, since 1970-01-01, on which the first one begins.
  let start: Int64
  /// 1 or 7.
  let days: Int64
  /// Seconds after midnight.
  let handOver: Int64
  /// In order; ids of people.
  let people: [String]
  /// None of them overlap.
  let overrides: [Override]

  /// A turn of somebody's: `until` is when the next one takes over.
  struct Turn: Sendable, Equatable {
    let person: String
    let until: Instant
  }

  /// Who is on call at a moment; nil before the first turn.
  func turn(at instant: Instant) -> Turn? {
    if let override = overrides.first(where: { $0.from <= instant && instant < $0.until }) {
      return Turn(person: override.person, until: override.until)
    }
    guard !people.isEmpty else { return nil }
    let (day, second) = clock.local(instant)
    var number = floorDivide(day - start - (second < handOver ? 1 : 0), days)
    // Where clocks change at the hour of the hand-over the moment decides, not what they show.
    while begin(number + 1) <= instant { number += 1 }
    while begin(number) > instant { number -= 1 }
    guard number >= 0 else { return nil }
    let next = begin(number + 1)
    let until = overrides.map(\.from).filter { $0 > instant && $0 < next }.min() ?? next
    return Turn(person: people[Int(number % Int64(people.count))], until: until)
  }

  /// Who comes after somebody, in order.
  func following(_ person: String) -> [String] {
    guard let at = people.firstIndex(of: person) else { return people }
    return Array(people[(at + 1)...] + people[..<at])
  }

  private func begin(_ number: Int64) -> Instant { clock.instant(day: start + number * days, second: handOver) }
}
