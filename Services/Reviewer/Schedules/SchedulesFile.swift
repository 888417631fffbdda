import Identity
import Wire
import Yams

/// Reads working hours and on-call rotas (`SCHEDULES`). All mistakes are collected, each with its line and what to do.
///
///     calendars:
///       office:
///         zone: Europe/Berlin              # an IANA time zone
///         hours: {mon-thu: 08:00-17:00, fri: [08:00-12:00, 13:00-15:00]}
///         holidays: [2026-12-25, 2026-12-26]
///     shifts: {finance-leads: office}      # a group that works by a calendar; others are always there
///     on_call:
///       duty-officers:                     # a group of people.yaml
///         zone: Europe/Berlin
///         every: week                      # week or day
///         start: 2026-11-02                # the day on which the first one begins
///         hand_over: 09:00                 # local time
///         people: [P-ivo, P-nina]          # in turn
///         overrides:                       # local times; `until` is not in it any more
///           - {from: 2026-12-24T09:00, until: 2026-12-28T09:00, person: P-nina}
struct SchedulesFile {
  private(set) var mistakes: [String] = []
  private(set) var schedules = Schedules()
  private let people: People

  private static let days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
  private static let most = 500

  init(_ yaml: String, people: People) {
    self.people = people
    do {
      guard let node = try Yams.compose(yaml: yaml) else { return }
      guard let root = node.mapping else {
        note(node, "", "expected calendars, shifts and on_call", "write a mapping")
        return
      }
      let parts = entries(root, "", ["calendars", "shifts", "on_call"])
      for (name, node) in named(parts["calendars"], "calendars") { read(calendar: name, node) }
      for (group, node) in named(parts["shifts"], "shifts") { read(shift: group, node) }
      for (group, node) in named(parts["on_call"], "on_call") { read(rota: group, node) }
    } catch { mistakes.append("expected YAML: \(error); mend the text there") }
  }

  private mutating func note(_ node: Node, _ path: String, _ expected: String, _ remedy: String) {
    guard mistakes.count < Self.most else { return }
    mistakes.append("line \(node.mark?.line ?? 1): \(path.isEmpty ? "" : "\(path): ")\(expected); \(remedy)")
  }

  /// The values of a mapping by key; a key that nothing reads is a mistake.
  private mutating func entries(_ mapping: Node.Mapping, _ path: String, _ known: [String]) -> [String: Node] {
    var found: [String: Node] = [:]
    for (key, value) in mapping {
      let name = key.scalar?.string ?? "?"
      if known.contains(name) { found[name] = value } else { note(key, path.isEmpty ? name : "\(path).\(name)", "nothing reads this", "use \(known.joined(separator: ", "))") }
    }
    return found
  }

  private mutating func named(_ node: Node?, _ path: String) -> [(String, Node)] {
    guard let node else { return [] }
    guard let mapping = node.mapping else {
      note(node, path, "expected a mapping of names", "write `name: …` lines")
      return []
    }
    return mapping.compactMap { key, value in
      guard let name = key.scalar?.string, (1...60).contains(name.utf8.count) else {
        note(key, path, "expected a name of 1 to 60 characters", "name it")
        return nil
      }
      return (name, value)
    }
  }

  private mutating func required(_ parts: [String: Node], _ name: String, _ node: Node, _ path: String, _ remedy: String) -> Node? {
    if parts[name] == nil { note(node, "\(path).\(name)", "this is missing", remedy) }
    return parts[name]
  }

  private mutating func clock(_ parts: [String: Node], _ node: Node, _ path: String) -> LocalClock? {
    guard let zone = required(parts, "zone", node, path, "write an IANA time zone such as Europe/Berlin") else { return nil }
    guard let clock = zone.scalar.flatMap({ LocalClock($0.string) }) else {
      note(zone, "\(path).zone", "expected an IANA time zone, found \(zone.scalar?.string.prefix(60) ?? "a list")", "write Europe/Berlin, for example")
      return nil
    }
    return clock
  }

  /// One text, or a list of some.
  private mutating func texts(_ node: Node, _ path: String) -> [(String, Node)] {
    if let text = node.scalar?.string { return [(text, node)] }
    guard let list = node.sequence else {
      note(node, path, "expected a list", "write [first, second]")
      return []
    }
    return list.compactMap { element in
      guard let text = element.scalar?.string else {
        note(element, path, "expected a text", "write one")
        return nil
      }
      return (text, element)
    }
  }

  private mutating func read(calendar name: String, _ node: Node) {
    let path = "calendars.\(name)"
    guard let mapping = node.mapping else { return note(node, path, "expected zone and hours", "write {zone: …, hours: …}") }
    let parts = entries(mapping, path, ["zone", "hours", "holidays"])
    let clock = clock(parts, node, path)
    let given = required(parts, "hours", node, path, "write {mon-fri: 09:00-17:00}").map { hours($0, "\(path).hours") }
    var holidays: Set<Int64> = []
    for (text, place) in parts["holidays"].map({ texts($0, "\(path).holidays") }) ?? [] {
      guard let day = LocalClock.day(text) else {
        note(place, "\(path).holidays", "expected a date, found \(text.prefix(40))", "write it as 2026-12-25")
        continue
      }
      holidays.insert(day)
    }
    guard let clock, let given else { return }
    let week = given.flatMap { $0 }.reduce(0) { $0 + $1.upperBound - $1.lowerBound }
    guard week >= 3_600 || !mistakes.isEmpty else {
      return note(node, "\(path).hours", "expected at least one hour of work a week", "give it some, or leave the calendar out")
    }
    schedules.calendars[name] = WorkingCalendar(clock: clock, hours: given, holidays: holidays)
  }

  private mutating func hours(_ node: Node, _ path: String) -> [[Range<Int64>]] {
    var hours = [[Range<Int64>]](repeating: [], count: 7)
    for (key, value) in named(node, path) {
      let ends = key.split(separator: "-").map { Self.days.firstIndex(of: String($0)) }
      guard (1...2).contains(ends.count), let first = ends.first.flatMap({ $0 }), let last = ends.last.flatMap({ $0 }), first <= last else {
        note(value, "\(path).\(key)", "expected a day or a span of days", "write mon, or mon-fri; the week begins with mon")
        continue
      }
      let spans = texts(value, "\(path).\(key)").compactMap { span($0, $1, "\(path).\(key)") }
      for day in first...last {
        guard hours[day].isEmpty else {
          note(value, "\(path).\(key)", "\(Self.days[day]) has its hours already", "name each day once")
          continue
        }
        hours[day] = spans.sorted { $0.lowerBound < $1.lowerBound }
        if zip(hours[day], hours[day].dropFirst()).contains(where: { $0.upperBound > $1.lowerBound }) {
          note(value, "\(path).\(key)", "expected spans that do not overlap", "join them")
          hours[day] = []
        }
      }
    }
    return hours
  }

  private mutating func span(_ text: String, _ node: Node, _ path: String) -> Range<Int64>? {
    let ends = text.split(separator: "-").map { LocalClock.second(String($0)) }
    guard ends.count == 2, let begin = ends[0], let end = ends[1], begin < end else {
      note(node, path, "expected HH:MM-HH:MM within a day, found \(text.prefix(40))", "write 08:00-17:00; the day's end is 24:00")
      return nil
    }
    return begin..<end
  }

  private mutating func read(shift group: String, _ node: Node) {
    checkMembers(group, node, "shifts.\(group)")
    guard let name = node.scalar?.string, schedules.calendars[name] != nil else {
      let names = schedules.calendars.keys.sorted().joined(separator: ", ")
      return note(node, "shifts.\(group)", "expected a calendar of this file", names.isEmpty ? "write one under calendars" : "use \(names)")
    }
    schedules.shifts[group] = name
  }

  private mutating func checkMembers(_ group: String, _ node: Node, _ path: String) {
    guard people.members(of: group, except: nil).isEmpty, !people.all.isEmpty else { return }
    note(node, path, "nobody is in the group \(group)", "name a group of people.yaml")
  }

  private mutating func read(rota group: String, _ node: Node) {
    let path = "on_call.\(group)"
    guard let mapping = node.mapping else { return note(node, path, "expected zone, every, start, hand_over and people", "write these") }
    checkMembers(group, node, path)
    let parts = entries(mapping, path, ["zone", "every", "start", "hand_over", "people", "overrides"])
    let clock = clock(parts, node, path)
    let every = required(parts, "every", node, path, "write week or day")
    let days: Int64? = switch every?.scalar?.string {
    case "day": 1
    case "week": 7
    default: nil
    }
    if let every, days == nil { note(every, "\(path).every", "expected week or day", "write one of them") }
    let start = required(parts, "start", node, path, "write the day on which the first one begins, as 2026-11-02")
    let day = start.flatMap { $0.scalar }.flatMap { LocalClock.day($0.string) }
    if let start, day == nil { note(start, "\(path).start", "expected a date", "write it as 2026-11-02") }
    let change = required(parts, "hand_over", node, path, "write the local time of the hand-over, as 09:00")
    let second = change.flatMap { $0.scalar }.flatMap { LocalClock.second($0.string) }.flatMap { $0 < 86_400 ? $0 : nil }
    if let change, second == nil { note(change, "\(path).hand_over", "expected HH:MM", "write it as 09:00") }
    let given = required(parts, "people", node, path, "name the people in the order of their turns").map { texts($0, "\(path).people") } ?? []
    let turns = given.compactMap { member($0, $1, of: group, "\(path).people") }
    if let place = parts["people"], given.isEmpty { note(place, "\(path).people", "expected at least one person", "name one") }
    guard let clock, let days, let day, let second else { return }
    let overrides = overrides(parts["overrides"], group, clock, "\(path).overrides")
    schedules.rotas[group] = Rota(clock: clock, start: day, days: days, handOver: second, people: turns, overrides: overrides)
  }

  private mutating func member(_ id: String, _ node: Node, of group: String, _ path: String) -> String? {
    // Where the people could not be read that is the mistake, and it is told elsewhere.
    guard people.all.isEmpty || people.members(of: group, except: nil).contains(where: { $0.id == id }) else {
      let members = people.members(of: group, except: nil).map(\.id).joined(separator: ", ")
      note(node, path, "expected a person of \(group), found \(id.prefix(80))", members.isEmpty ? "put somebody into the group" : "use \(members)")
      return nil
    }
    return id
  }

  private mutating func overrides(_ node: Node?, _ group: String, _ clock: LocalClock, _ path: String) -> [Rota.Override] {
    guard let node else { return [] }
    guard let list = node.sequence else {
      note(node, path, "expected a list of {from, until, person}", "write `- {…}` lines")
      return []
    }
    var found: [Rota.Override] = []
    for element in list {
      guard let mapping = element.mapping else {
        note(element, path, "expected {from, until, person}", "write these")
        continue
      }
      let parts = entries(mapping, path, ["from", "until", "person"])
      let times = ["from", "until"].map { name -> Instant? in
        guard let place = required(parts, name, element, path, "write a local time as 2026-12-24T09:00") else { return nil }
        guard let instant = place.scalar.flatMap({ moment($0.string, clock) }) else {
          note(place, "\(path).\(name)", "expected a local time", "write it as 2026-12-24T09:00, without a zone")
          return nil
        }
        return instant
      }
      guard let place = required(parts, "person", element, path, "say who takes over"),
        let person = member(place.scalar?.string ?? "?", place, of: group, "\(path).person"), let from = times[0], let until = times[1]
      else { continue }
      guard from < until else {
        note(element, path, "expected until after from", "turn them round")
        continue
      }
      guard !found.contains(where: { $0.from < until && from < $0.until }) else {
        note(element, path, "overlaps another override", "let one end where the other begins")
        continue
      }
      found.append(Rota.Override(from: from, until: until, person: person))
    }
    return found
  }

  private func moment(_ text: String, _ clock: LocalClock) -> Instant? {
    let parts = text.split(separator: "T")
    guard parts.count == 2, let day = LocalClock.day(String(parts[0])), let second = LocalClock.second(String(parts[1])) else { return nil }
    return clock.instant(day: day, second: second)
  }
}
