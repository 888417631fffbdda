import Foundation
import Identity
import JSON
import Lanes
import Testing
import Wire

@testable import countersign_reviewer

/// A week of thousands of open tasks with outages, changed clocks, groups of nobody and webhooks that fail: each rung once
/// and in order, late ones say by how much, no page after a decision, and no task without an owner at any moment.
@Suite struct LadderWeekTests {
  private struct Asked {
    let opening: Instant
    /// Seconds after opening, without calendars and empty groups; nil where one of these moves them.
    let dues: [Double]?
  }

  private static let schedules = """
    calendars:
      berlin: {zone: Europe/Berlin, hours: {mon-fri: 08:00-18:00}}
      york: {zone: America/New_York, hours: {mon-fri: 09:00-17:00}}
      nights: {zone: Europe/Berlin, hours: {mon-sun: [00:00-06:00, 22:00-24:00]}}
    shifts: {agents: berlin, leads: york}
    on_call:
      duty-officers: {zone: ZONE, every: day, start: 2026-01-01, hand_over: "02:30", people: [P-duty, P-reserve]}
    """

  /// Weeks that hold a change of clocks in Berlin or New York, forward and back.
  @Test(.serialized, arguments: [
    ("2026-03-26T12:00:00Z", "Europe/Berlin", 10_000), ("2026-10-22T12:00:00Z", "Europe/Berlin", 1_000),
    ("2026-03-05T12:00:00Z", "America/New_York", 1_000), ("2026-10-29T12:00:00Z", "America/New_York", 1_000),
  ])
  func eachRungOnceInOrderAndNoTaskWithoutAnOwner(begin: String, zone: String, count: Int) async throws {
    let file = SchedulesFile(Self.schedules.replacingOccurrences(of: "ZONE", with: zone), people: DeskFixture.people)
    try #require(file.mistakes.isEmpty, "\(file.mistakes)")
    let slack = Channel(name: "slack", kind: .slack, url: "https://hooks.example/1", isPrivate: false, fallback: "pagerduty")
    let pager = Channel(name: "pagerduty", kind: .pagerDuty(routingKey: "R"), url: "https://events.example", isPrivate: false)
    let decider = try DeskFixture.decider(channels: ["slack": slack, "pagerduty": pager], schedules: file.schedules)
    let begin = try #require(Instant(rfc3339: begin))
    func hour(_ hours: Double) -> Instant { begin.adding(seconds: hours * 3_600) }
    // The second one holds the change of clocks, on the night to Sunday.
    let outages = [hour(20)..<hour(20.75), hour(58)..<hour(70), hour(110)..<hour(111.25)]
    let week = SimulatedWeek(decider, begin: begin, outages: outages) { call, key, now in
      if call.notice.channel == "slack" {
        if hour(30) <= now, now < hour(30.5) { return .failed("slack answered 503") }
        return key.utf8.last == UInt8(ascii: "7") ? .refused("slack answered 404") : .sent(status: 200)
      }
      return key.hasSuffix("37") ? .refused("pagerduty answered 400") : .sent(status: 202)
    }
    var random = SplitMix64(seed: 42)
    var asked: [String: Asked] = [:]
    for number in 0..<count {
      let key = "01a20c93-e606-71e1-ac02-" + String(String(1_000_000_000_000 + number).suffix(12))
      let opening = hour(Double(random.next() % 150_000) / 1_000)
      let (ladder, isPlain) = ladder(number)
      let requester = ["P-duty", "P-reserve", nil, nil][number % 4]
      let request = DeskFixture.request(requester: requester, ladder: ladder)
      week.post(.requested(key, DeskFixture.json(request)), at: opening)
      asked[key] = Asked(opening: opening, dues: isPlain ? [900, 1_800] : nil)
      // Every eighth is decided at some time, and policy takes it.
      guard number % 8 == 0 else { continue }
      let moment = opening.adding(seconds: Double(random.next() % 30_000))
      let view = ReviewTask.view(of: DeskFixture.json(request))
      let body: JSON = ["version": 1, "view": .string(view), "verb": "approve"]
      let decision = try Submission(body, caseID: key, person: DeskFixture.ada, strength: "token", idempotency: "k")
      week.post(.command(key, DeskFixture.ada, .decide(decision)), at: moment)
      week.post(.closed(key, reason: "released"), at: moment.adding(seconds: 30))
    }
    let names = Set(DeskFixture.people.all.map(\.id) + ["agents", "leads"])
    var unowned = 0
    func checkOwner(_ week: SimulatedWeek, _ key: String) {
      guard let task = week.tasks[key], !task.isOver else { return }
      if !names.contains(decider.duty.owner(of: task, at: week.now).name) { unowned += 1 }
    }
    week.check = checkOwner
    try await week.run(until: hour(168 + 96), every: 6 * 3_600) { week in week.tasks.keys.forEach { checkOwner(week, $0) } }
    #expect(unowned == 0)
    try check(week, asked, outages)
  }

  /// One in four by the wall clock; others by working hours, through groups of nobody, or both.
  private func ladder(_ number: Int) -> (JSON, isPlain: Bool) {
    let calendar = ["berlin", "york", "nights"][number % 3]
    func rung(_ seconds: Int64, _ group: String, _ channel: String, _ calendar: String? = nil) -> JSON {
      var entry = JSONObject([("after_seconds", .integer(seconds)), ("group", .string(group)), ("channel", .string(channel))])
      entry["calendar"] = calendar.map { .string($0) }
      return .object(entry)
    }
    switch number / 2 % 4 {
    case 0: return ([rung(0, "agents", "none"), rung(900, "leads", "slack"), rung(1_800, "duty-officers", "pagerduty")], true)
    case 1: return ([rung(0, "agents", "none"), rung(900, "leads", "slack", calendar), rung(1_800, "duty-officers", "pagerduty")], false)
    case 2: return ([rung(0, "nobody", "slack"), rung(900, "leads", "slack"), rung(1_800, "duty-officers", "pagerduty", calendar)], false)
    default: return ([rung(0, "agents", "none"), rung(900, "nobody", "slack", calendar), rung(1_800, "duty-officers", "pagerduty", calendar)], false)
    }
  }

  private func check(_ week: SimulatedWeek, _ asked: [String: Asked], _ outages: [Range<Instant>]) throws {
    var late = 0, unreached = 0, ended = 0
    for (key, ask) in asked {
      let events = week.said[key] ?? []
      let isDecided = events.contains { $0.kind == .decided }
      let climbs = events.filter { $0.kind == .advanced }
      let tiers = climbs.compactMap { $0["tier"]?.integer }
      let reached = tiers.filter { $0 < 3 } + (tiers.contains(3) ? [3] : [])
      try #require(reached == [2, 3] || (isDecided && [[], [2]].contains(reached)), "\(key): \(tiers)")
      let pages = climbs.filter { $0["tier"] == 3 }.compactMap { $0["pages"]?.integer }
      try #require(zip(pages, pages.dropFirst()).allSatisfy { $0 < $1 } && pages.count <= 10 && (pages.last ?? 0) <= 9, "\(key): \(pages)")
      if !isDecided { try #require(pages.last == 9, "\(key): \(pages)") } else { ended += 1 }
      for climb in climbs {
        let due = try #require(climb["due_at"]?.string.flatMap { Instant(rfc3339: $0) })
        let fired = try #require(climb["fired_at"]?.string.flatMap { Instant(rfc3339: $0) })
        let lateBy = try #require(climb["late_by"]?.double)
        try #require(abs(lateBy - fired.seconds(since: due)) < 0.001 && fired >= due, "\(key)")
        let outage = outages.first { $0.contains(due) }
        try #require(fired == outage?.upperBound ?? due, "\(key): late without an outage")
        if lateBy > 0 { late += 1 }
        if climb["why"] == "unreached" { unreached += 1 }
      }
      if let dues = ask.dues, !climbs.contains(where: { $0["why"] != nil }), reached == [2, 3] {
        let opened = outages.first { $0.contains(ask.opening) }?.upperBound ?? ask.opening
        let first = climbs.prefix(2).compactMap { $0["due_at"]?.string }
        try #require(first == dues.map { opened.adding(seconds: $0).description }, "\(key)")
      }
      // Where several rungs were due in an outage, one page leaves when it is over.
      let raised = events.filter { $0.kind == .raised }
      try #require(Set(raised.map(\.at)).count == raised.count, "\(key): two pages at once")
      if let decided = events.firstIndex(where: { $0.kind == .decided }) {
        try #require(!events[decided...].contains { $0.kind == .raised }, "\(key): a page after the decision")
      }
    }
    #expect(late > 0 && unreached > 0 && ended > 0, "the week holds what it is about")
  }
}
