import Foundation
import Identity
import Testing
import Wire

@testable import countersign_reviewer

/// Working hours and turns, on the days too on which clocks are changed. Expected moments are reckoned by hand from the rules
/// of the European Union (last Sundays of March and October, 01:00 UTC) and the United States (8 March and 1 November 2026,
/// 02:00 local time).
@Suite struct SchedulesTests {
  private static let people = People(["P-a", "P-b", "P-c"].map { Person(id: $0, name: $0, groups: ["g"], isDutyOfficer: false, claim: $0) })

  private func read(_ yaml: String) throws -> Schedules {
    let file = SchedulesFile(yaml, people: Self.people)
    #expect(file.mistakes.isEmpty, "\(file.mistakes)")
    return file.schedules
  }

  private func calendar(_ zone: String, _ hours: String, holidays: String = "[]") throws -> WorkingCalendar {
    try #require(read("calendars: {c: {zone: \(zone), hours: {\(hours)}, holidays: \(holidays)}}").calendars["c"])
  }

  private func at(_ text: String) throws -> Instant { try #require(Instant(rfc3339: text)) }

  @Test(arguments: [
    ("Europe/Berlin", "2026-03-29T00:00:00Z", "2026-03-28T23:00:00Z", "2026-03-29T04:00:00Z"),
    ("Europe/Berlin", "2026-10-25T00:00:00Z", "2026-10-24T22:00:00Z", "2026-10-25T05:00:00Z"),
    ("America/New_York", "2026-03-29T05:00:00Z", "2026-03-29T04:00:00Z", "2026-03-29T10:00:00Z"),
    ("America/New_York", "2026-10-25T05:00:00Z", "2026-10-25T04:00:00Z", "2026-10-25T10:00:00Z"),
    ("America/New_York", "2026-03-08T06:00:00Z", "2026-03-08T05:00:00Z", "2026-03-08T10:00:00Z"),
    ("America/New_York", "2026-11-01T06:00:00Z", "2026-11-01T04:00:00Z", "2026-11-01T11:00:00Z"),
  ])
  func aNightFromMidnightToSixIsAsLongAsTheClockMakesIt(zone: String, during: String, begin: String, end: String) throws {
    let night = try calendar(zone, "sun: 00:00-06:00")
    let (begin, end) = (try at(begin), try at(end))
    #expect(night.isWorking(at: try at(during)) && night.isWorking(at: begin) && !night.isWorking(at: end))
    #expect(!night.isWorking(at: begin.adding(seconds: -1)) && night.isWorking(at: end.adding(seconds: -1)))
    #expect(night.working(from: begin.adding(seconds: -86_400), to: end.adding(seconds: 86_400)) == end.seconds(since: begin))
    #expect(night.adding(end.seconds(since: begin), to: begin.adding(seconds: -3_600)) == end)
  }

  @Test func hoursThatAreLeftOutAreNoHoursAndThoseThatComeTwiceAreBoth() throws {
    let left = try calendar("Europe/Berlin", "sun: 02:00-03:00, mon: 08:00-09:00")
    #expect(left.adding(60, to: try at("2026-03-28T20:00:00Z")) == (try at("2026-03-30T06:01:00Z")))
    #expect(left.working(from: try at("2026-10-24T22:00:00Z"), to: try at("2026-10-25T22:00:00Z")) == 7_200)
    let part = try calendar("Europe/Berlin", "sun: 02:15-02:45, mon: 08:00-09:00")
    #expect(part.working(from: try at("2026-10-24T22:00:00Z"), to: try at("2026-10-25T22:00:00Z")) == 5_400)
    #expect(part.working(from: try at("2026-03-28T22:00:00Z"), to: try at("2026-03-29T22:00:00Z")) == 0)
  }

  @Test(arguments: [
    ("Europe/Berlin", "2026-03-27T16:50:00Z", "2026-03-30T06:05:00Z"), ("Europe/Berlin", "2026-10-23T15:50:00Z", "2026-10-26T07:05:00Z"),
    ("America/New_York", "2026-03-27T21:50:00Z", "2026-03-30T12:05:00Z"), ("America/New_York", "2026-10-23T21:50:00Z", "2026-10-26T12:05:00Z"),
    ("America/New_York", "2026-03-06T22:50:00Z", "2026-03-09T12:05:00Z"), ("America/New_York", "2026-10-30T21:50:00Z", "2026-11-02T13:05:00Z"),
  ])
  func aQuarterOfAnHourFromTenToSixOnFridayEndsOnMonday(zone: String, from: String, to: String) throws {
    let office = try calendar(zone, "mon-fri: 08:00-18:00")
    #expect(office.adding(900, to: try at(from)) == (try at(to)))
    #expect(office.working(from: try at(from), to: try at(to)) == 900)
  }

  @Test func holidaysAndLunchAreNoWork() throws {
    let office = try calendar("Europe/Berlin", "mon-thu: [08:00-12:00, 13:00-17:00], fri: 08:00-12:00", holidays: "[2026-12-24, 2026-12-25]")
    // Wednesday, 11:50 local time; the holidays are Thursday and Friday.
    #expect(office.adding(1_200, to: try at("2026-12-23T10:50:00Z")) == (try at("2026-12-23T12:10:00Z")))
    #expect(office.adding(4 * 3_600 + 1_200, to: try at("2026-12-23T10:50:00Z")) == (try at("2026-12-28T07:10:00Z")))
    #expect(office.nextBegin(after: try at("2026-12-23T16:00:00Z")) == (try at("2026-12-28T07:00:00Z")))
    #expect(office.adding(0, to: try at("2026-12-24T10:00:00Z")) == (try at("2026-12-24T10:00:00Z")), "no time needs no work")
  }

  /// Whoever works around the clock has the wall clock's time boxes, and what is left of a box is the box less what has gone.
  @Test(arguments: ["Europe/Berlin", "America/New_York", "Asia/Kathmandu", "UTC"]) func aroundTheClockIsTheWallClock(zone: String) throws {
    let always = try calendar(zone, "mon-sun: 00:00-24:00")
    let some = try calendar(zone, "mon-fri: [00:30-02:30, 09:00-17:00], sun: 01:15-23:45")
    var random = SplitMix64(seed: 11)
    for _ in 0..<2_000 {
      let from = Instant(microseconds: (1_767_225_600 + Int64(random.next() % 34_000_000)) * 1_000_000)
      let seconds = Double(random.next() % 400_000)
      #expect(always.adding(seconds, to: from) == from.adding(seconds: seconds))
      let end = some.adding(seconds, to: from)
      #expect(some.working(from: from, to: end) == seconds)
      let half = (seconds / 2).rounded(.down)
      #expect(some.adding(seconds - half, to: some.adding(half, to: from)) == end)
    }
  }

  @Test(arguments: [
    ("Europe/Berlin", "2026-03-23", "2026-03-30T07:00:00Z"), ("Europe/Berlin", "2026-10-19", "2026-10-26T08:00:00Z"),
    ("America/New_York", "2026-03-23", "2026-03-30T13:00:00Z"), ("America/New_York", "2026-10-19", "2026-10-26T13:00:00Z"),
    ("America/New_York", "2026-03-02", "2026-03-09T13:00:00Z"), ("America/New_York", "2026-10-26", "2026-11-02T14:00:00Z"),
  ])
  func aWeekEndsAtNineByTheClock(zone: String, start: String, change: String) throws {
    let rota = try #require(read("on_call: {g: {zone: \(zone), every: week, start: \(start), hand_over: 09:00, people: [P-a, P-b, P-c]}}").rotas["g"])
    let change = try at(change)
    #expect(rota.turn(at: change.adding(seconds: -1)) == Rota.Turn(person: "P-a", until: change))
    #expect(rota.turn(at: change)?.person == "P-b")
    #expect(rota.turn(at: change.adding(seconds: 14.5 * 86_400))?.person == "P-a", "after the last comes the first")
    #expect(rota.turn(at: change.adding(seconds: -7 * 86_400 - 7_200)) == nil, "before the first turn nobody is on call")
  }

  @Test func aHandOverThatIsLeftOutIsTheChangeItselfAndOneThatComesTwiceTheFirst() throws {
    func rota(_ zone: String, _ start: String) throws -> Rota {
      try #require(read("on_call: {g: {zone: \(zone), every: day, start: \(start), hand_over: 02:30, people: [P-a, P-b]}}").rotas["g"])
    }
    for (zone, start, change, next) in [
      ("Europe/Berlin", "2026-03-28", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"),
      ("Europe/Berlin", "2026-10-24", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"),
      ("America/New_York", "2026-03-28", "2026-03-29T06:30:00Z", "2026-03-30T06:30:00Z"),
      ("America/New_York", "2026-10-24", "2026-10-25T06:30:00Z", "2026-10-26T06:30:00Z"),
      ("America/New_York", "2026-03-07", "2026-03-08T07:00:00Z", "2026-03-09T06:30:00Z"),
    ] {
      let rota = try rota(zone, start)
      #expect(rota.turn(at: try at(change).adding(seconds: -1))?.person == "P-a")
      #expect(rota.turn(at: try at(change)) == Rota.Turn(person: "P-b", until: try at(next)))
    }
  }

  @Test func anOverrideCountsForItsTimeAlone() throws {
    let rota = try #require(
      read(
        """
        on_call:
          g:
            {zone: Europe/Berlin, every: week, start: 2026-12-21, hand_over: "09:00", people: [P-a, P-b],
             overrides: [{from: 2026-12-24T09:00, until: 2026-12-26T09:00, person: P-c}]}
        """
      ).rotas["g"])
    #expect(rota.turn(at: try at("2026-12-24T07:59:59Z")) == Rota.Turn(person: "P-a", until: try at("2026-12-24T08:00:00Z")))
    #expect(rota.turn(at: try at("2026-12-24T08:00:00Z")) == Rota.Turn(person: "P-c", until: try at("2026-12-26T08:00:00Z")))
    #expect(rota.turn(at: try at("2026-12-26T08:00:00Z")) == Rota.Turn(person: "P-a", until: try at("2026-12-28T08:00:00Z")))
  }

  @Test func everyMistakeIsNamedWithItsLineAndRemedy() {
    let file = SchedulesFile(
      """
      calendars:
        a: {zone: Europe/Berlinn, hours: {mon-fri: 8-17}}
        b:
          zone: CET
          hours: {fri-mon: 08:00-17:00, tue: 17:00-08:00}
          holidays: [2026-02-30]
        c: {zone: Europe/Berlin, hours: {}, colour: red}
      shifts:
        g: nine-to-five
      on_call:
        nobody: {zone: Europe/Berlin, every: month, start: soon, hand_over: 24:00, people: []}
        g:
          zone: Europe/Berlin
          every: week
          start: 2026-11-02
          hand_over: 09:00
          people: [P-a, P-z]
          overrides:
            - {from: 2026-12-26T09:00, until: 2026-12-24T09:00, person: P-b}
            - {from: 2026-12-24T09:00Z, until: 2026-12-26T09:00, person: P-b}
            - {from: 2026-11-03T09:00, until: 2026-11-05T09:00, person: P-b}
            - {from: 2026-11-04T09:00, until: 2026-11-06T09:00, person: P-c}
      holidays: []
      """, people: Self.people)
    for (line, words) in [
      (2, "calendars.a.zone: expected an IANA time zone"), (2, "found 8-17; write 08:00-17:00"), (4, "calendars.b.zone"),
      (5, "expected a day or a span of days"), (5, "found 17:00-08:00"), (6, "found 2026-02-30"), (7, "colour: nothing reads this; use zone"),
      (9, "shifts.g: expected a calendar of this file"), (11, "nobody is in the group nobody"), (11, "every: expected week or day"),
      (11, "start: expected a date"), (11, "hand_over: expected HH:MM"), (11, "at least one person"), (17, "found P-z; use P-a, P-b, P-c"),
      (19, "expected until after from"), (20, "expected a local time"), (22, "overlaps another"), (23, "holidays: nothing reads this; use calendars"),
    ] {
      #expect(file.mistakes.contains { $0.hasPrefix("line \(line): ") && $0.contains(words) }, "line \(line): \(words) in \(file.mistakes)")
    }
    #expect(SchedulesFile("[", people: Self.people).mistakes.count == 1)
    #expect(SchedulesFile("", people: Self.people).mistakes.isEmpty)
  }

  @Test func theShippedFileIsSoundAndFitsThePeople() throws {
    let deploy = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../../deploy").standardizedFileURL
    let people = try People(yaml: String(contentsOf: deploy.appendingPathComponent("people.yaml"), encoding: .utf8), tokens: "")
    let file = SchedulesFile(try String(contentsOf: deploy.appendingPathComponent("schedules.yaml"), encoding: .utf8), people: people)
    #expect(file.mistakes.isEmpty, "\(file.mistakes)")
    #expect(file.schedules.turn(of: "duty-officers", at: DeskFixture.now)?.person == "P-ivo")
    #expect(Set(file.schedules.rotas.keys) == ["duty-officers", "support-leads"])
  }

  @Test func aLadderTellsWhichCalendarsItNeeds() {
    let found = Workflow.calendars(
      in: """
        workflow: w
        ladder:
          - {after_minutes: 0, group: queue}
          - {after_minutes: 15, group: g, calendar: office}
        """)
    #expect(found.map(\.name) == ["office"] && found.map(\.line) == [4])
    #expect(Workflow.calendars(in: "ladder: none").isEmpty)
  }
}
