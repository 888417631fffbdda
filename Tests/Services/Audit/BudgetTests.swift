import Bundles
import Domain
import JSON
import Messaging
import Statistics
import Storage
import Testing
import Wire

@testable import countersign_audit

@Suite struct BudgetTests {
  private static let second: Int64 = 1_000_000
  private static let now = Records.start.adding(seconds: 3_600)

  private func promise(within seconds: Int = 600, share: Double = 0.95) -> Promise {
    Promise(
      workflow: "reply-draft", template: .approval, owner: "support-lead", bundle: "b1",
      objectives: Objectives(latencyShare: share, latencySeconds: seconds, auditCompleteness: 0.99, shownFirst: .latency))
  }

  private func measures(_ moments: [(CaseMeasures.Moment, Int64)]) -> CaseMeasures {
    var m = CaseMeasures()
    for (moment, seconds) in moments { m.note(moment, seconds * Self.second) }
    return m
  }

  /// Asked after 10 s, decided after 310 s, permitted after 340 s (30 s undo), done after 350 s: the platform's are 10 and 10 s.
  @Test func timeIsSplitByWhoseItWas() throws {
    let m = measures([(.ingested, 0), (.asked, 10), (.decided, 310), (.decidedLast, 310), (.permitted, 340), (.effect, 349)])
    let found = try #require(Lateness(m, until: 350 * Self.second))
    #expect(found.total == 350 * Self.second && found.platform == 20 * Self.second && found.policy == 30 * Self.second)
    #expect(found.peoples == 300 * Self.second && found.waited == 340 * Self.second)
  }

  /// Policy was away for 500 s after the decision: an undo window is two minutes at most, the rest is the platform's. A rung came 200 s
  /// late, a question took 50 s.
  @Test func anOutageIsThePlatforms() throws {
    var m = measures([(.ingested, 0), (.asked, 10), (.decidedLast, 410), (.permitted, 1_030), (.questioned, 100), (.answered, 150)])
    m.note(.overdue, 200 * Self.second)
    let found = try #require(Lateness(m, until: 1_030 * Self.second))
    #expect(found.platform == (10 + 500 + 200) * Self.second && found.policy == (120 + 50) * Self.second)
    let alone = try #require(Lateness(measures([(.ingested, 0), (.permittedAlone, 5)]), until: 9 * Self.second))
    #expect(alone.platform == 9 * Self.second && alone.waited == nil)
    #expect(Lateness(CaseMeasures(), until: 1) == nil)
  }

  private func budgets(_ ledger: TestLedger, _ promise: Promise, now: Instant = Self.now) throws -> WorkflowBudgets {
    try #require(try ledger.store.read { try WorkflowBudgets.read([promise], now: now.microseconds, $0) }.first)
  }

  private func absorb(_ ledger: TestLedger, _ records: inout Records, _ courses: [Records.Course], from first: Int = 1) throws {
    for (place, course) in courses.enumerated() { try ledger.absorb(records.history(first + place, course)) }
  }

  /// With 350 s between its ten steps people take 1,050 s of a case, which ends in the last five minutes of the hour.
  @Test func slowPeopleRaiseAnAlarmThatEndsWithTheirCases() throws {
    let ledger = try TestLedger()
    var records = Records()
    var slow = Records.Course()
    slow.step = 350
    try absorb(ledger, &records, (0..<20).map { _ in slow })
    let promise = promise()
    let burning = try budgets(ledger, promise)
    #expect(burning.bad(.people, .hour) == Proportion(20, of: 20))
    #expect(burning.isBurning(.people, .page) && !burning.isBurning(.platform, .page) == (burning.bad(.platform, .hour).hits == 0))
    let alarms = BudgetWatch.alarms(burning)
    let page = try #require(alarms.first { $0.trouble.key == "slo/reply-draft/people/page" })
    #expect(page.stands && page.trouble.code == .latePeople && page.trouble.severity == "page")
    // Seven hours later nothing is burning any more, and the budget of 28 days is still overspent.
    let later = try budgets(ledger, promise, now: Self.now.adding(seconds: 7 * 3_600))
    #expect(!BudgetWatch.alarms(later).contains { $0.stands && $0.trouble.code == Budget.people.code })
    #expect(later.budget(.people).isOverspent(later.bad(.people)) && !later.tooSlow.isEmpty)
  }

  @Test func anOpenCaseIsLateBeforeItEnds() throws {
    let ledger = try TestLedger()
    var records = Records()
    var open = Records.Course()
    open.end = .open
    try absorb(ledger, &records, (0..<12).map { _ in open })
    let late = try budgets(ledger, promise())
    #expect(late.open == 12 && late.bad(.people, .fiveMinutes) == Proportion(12, of: 12) && late.isBurning(.people, .page))
    let early = try budgets(ledger, promise(), now: Records.start.adding(seconds: 120))
    #expect(early.bad(.people, .fiveMinutes).count == 0)
  }

  /// Fields that the table asks of an executed case's records: 4 + 3 + 6 + 12 + 8 + 2 + 6 + 4 + 9 = 54; of one that was withdrawn when people
  /// were asked 34; of one more proposal 6, whose model is empty. The budget and the KPI of audit completeness say the same.
  @Test func auditCompletenessIsOneFigure() throws {
    let ledger = try TestLedger()
    var records = Records()
    var withdrawn = Records.Course()
    withdrawn.end = .withdrawn
    try absorb(ledger, &records, [Records.Course(), withdrawn])
    try ledger.absorb([
      records.make(
        .modelProposals, 1, type: ProposalMade.type, subject: Records.caseID(1), at: Records.start.adding(seconds: 21),
        facts: [(.workflow, "reply-draft"), (.payloadHash, "ab"), (.model, ""), (.prompt, "p1"), (.sources, "none"), (.confidence, "none")])
    ])
    let day = Records.start.microseconds / Contribution.dayLength
    let kpis = try ledger.store.read { try KPICells.read(day...(day + 1), $0) }.filter { $0.group[.reason].isEmpty }.map(\.sums)
    #expect(kpis.reduce(0) { $0 + $1[.fieldsRequired] } == 94 && kpis.reduce(0) { $0 + $1[.fieldsPresent] } == 93)
    #expect(try budgets(ledger, promise()).bad(.audit) == Proportion(1, of: 94))
    let whole = try budgets(ledger, promise()).whole
    #expect(whole.count == 1, "whoever withdraws is late for nobody")
  }

  @Test func readyNeedsEnoughDataAndSaysWhatIsMissing() throws {
    let ledger = try TestLedger()
    var records = Records()
    try absorb(ledger, &records, (0..<10).map { _ in Records.Course() })
    func readiness() throws -> Readiness { Readiness(try budgets(ledger, promise()), [], alarms: [], checkpoint: nil) }
    let few = try readiness()
    #expect(!few.isReady)
    #expect(few.criteria.first == Readiness.Criterion(name: "latency", state: .unknown, words: "latency: 10 cases, 30 are needed; 95 % within 10 min are promised"))
    try absorb(ledger, &records, (0..<30).map { _ in Records.Course() }, from: 11)
    let enough = try readiness()
    #expect(enough.criteria.first?.state == .met)
    let unsigned = Readiness(try budgets(ledger, promise()), [], alarms: ["slo/reply-draft/people/page"], checkpoint: ("2026-11-29", false))
    #expect(unsigned.because.suffix(2) == ["budgets burn fast: people", "nobody has signed the daily report of 2026-11-29"])
  }

  @Test(arguments: 0..<20) func sumsAreThoseOfTheRowsWhateverTheBatches(seed: Int) throws {
    let ledger = try TestLedger()
    var records = Records()
    var generator = SplitMix64(seed: UInt64(seed))
    var rest = (1...12).flatMap { number -> [Message] in
      var course = Records.Course()
      course.step = Double(Int.random(in: 1...900, using: &generator))
      course.end = [.open, .executed, .rejected, .withdrawn][number % 4]
      course.tier = number % 3 + 1
      return records.history(number, course)
    }[...]
    while !rest.isEmpty {
      let count = Int.random(in: 1...25, using: &generator)
      try ledger.absorb(Array(rest.prefix(count)))
      rest = rest.dropFirst(count)
      if Int.random(in: 0..<5, using: &generator) == 0 { ledger.restart() }
    }
    let (rows, cells) = try ledger.store.read { (try CaseFilter(limit: 500).rows($0), try BudgetCells.read(.day, 0...1_000_000, $0)) }
    var plain = BudgetSums(), found = BudgetSums()
    for row in rows { if let sums = BudgetSums(row) { plain.add(sums) } }
    for cell in cells { found.add(cell.sums) }
    #expect(found == plain && plain[.cases] == 6)
    #expect(try BudgetSums(plain.bytes) == plain)
  }

  @Test func periodsBeginOnMondaysAndInQuarters() {
    func period(_ kind: ReportPeriod.Kind, _ day: String) -> String {
      let start = (Instant(rfc3339: "\(day)T00:00:00Z")?.microseconds ?? 0) / Contribution.dayLength
      let period = ReportPeriod(kind, containing: start)
      return "\(period.key) \(period.last)"
    }
    #expect(period(.daily, "2026-11-30") == "daily/2026-11-30 2026-11-30")
    #expect(period(.weekly, "2026-11-29") == "weekly/2026-11-23 2026-11-29")
    #expect(period(.weekly, "2026-11-30") == "weekly/2026-11-30 2026-12-06")
    #expect(period(.quarterly, "2026-11-30") == "quarterly/2026-10-01 2026-12-31")
    #expect(period(.quarterly, "2027-02-28") == "quarterly/2027-01-01 2027-03-31")
  }

  @Test func aSignatureCoversTheFiguresThatWereShown() throws {
    let ledger = try TestLedger()
    var records = Records()
    try absorb(ledger, &records, [Records.Course()])
    let day = Records.start.microseconds / Contribution.dayLength
    let next = (day + 1) * Contribution.dayLength + 1
    func report(_ kind: ReportPeriod.Kind, _ day: Int64) throws -> PeriodReport {
      try ledger.store.read { try PeriodReport(ReportPeriod(kind, containing: day), [promise()], now: next, $0) }
    }
    let shown = try report(.daily, day)
    let (today, before) = (try report(.daily, day + 1), try report(.daily, day - 1))
    #expect(shown.isOver && !today.isOver && shown.digest != before.digest)
    let body = #"{"report":"\#(shown.period.key)","digest":"\#(shown.digest)","person":"demo ana","strength":"demo","words":"seen","at":1}"#
    try ledger.absorb([records.make(.reviews, type: ReportSigned.type, body: body)])
    let signed = try report(.daily, day)
    #expect(signed.signatures.map(\.person) == ["demo ana"] && signed.digest == shown.digest)
    let json = signed.json(at: Records.start, size: 1)
    #expect(json["signatures"]?.array?.first?["same"]?.bool == true)
    #expect(ReportMarkdown(json).lines.contains { $0.hasPrefix("- demo ana,") && $0.hasSuffix(": seen") })
    try absorb(ledger, &records, [Records.Course()], from: 2)
    let later = try report(.daily, day).json(at: Records.start, size: 1)
    #expect(later["signatures"]?.array?.first?["same"]?.bool == false)
  }
}
