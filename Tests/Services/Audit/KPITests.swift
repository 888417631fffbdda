import Domain
import JSON
import Messaging
import Statistics
import Storage
import Testing
import Wire

@testable import countersign_audit

@Suite struct KPITests {
  private typealias Course = Records.Course
  private static let day = Records.start.microseconds / Contribution.dayLength

  private func answer(_ ledger: TestLedger, by parts: [KPIGroup.Dimension] = [], now: Instant = Records.start.adding(seconds: 3_600)) throws -> [JSON] {
    var question = KPIQuestion(days: (Self.day - 40)...(Self.day + 100), now: now.microseconds)
    question.parts = parts
    return try ledger.store.read { try question.answer($0) }
  }

  private func figure(_ group: JSON, _ name: String) throws -> JSON {
    try #require(group["kpis"]?.array?.first { $0["kpi"]?.string == name })
  }

  private func absorb(_ ledger: TestLedger, _ records: inout Records, _ courses: [Course], from first: Int = 1) throws {
    for (place, course) in courses.enumerated() { try ledger.absorb(records.history(first + place, course)) }
  }

  /// 40 errors in a held sample of 8 %: 30 rejected, each judged again for certain; 10 approved, of whom one in ten is. 5 of the
  /// rejected were right, and 110 of the approved. By hand: in review 30 / (30 + 10·10); of all, each stands for 1 / 0.08 more.
  @Test func aKnownTruthGivesItsRates() throws {
    let ledger = try TestLedger()
    var records = Records()
    func drawn(_ count: Int, _ end: Course.End, share: String, isWrong: Bool) -> [Course] {
      (0..<count).map { _ in
        var course = Course()
        (course.draw, course.end, course.share, course.isWrong) = ("hold 0.080", end, share, isWrong)
        return course
      }
    }
    try absorb(
      ledger, &records,
      drawn(30, .rejected, share: "1", isWrong: true) + drawn(10, .executed, share: "0.1", isWrong: true)
        + drawn(5, .rejected, share: "1", isWrong: false) + drawn(110, .executed, share: "0.1", isWrong: false))
    let group = try #require(try answer(ledger).first)
    let expected: [(String, Double, Int64)] = [
      ("error_catch_rate_review", 30.0 / 130, 40), ("error_catch_rate", 30.0 / 1_625, 40), ("error_coverage", 0.08, 40),
      ("false_alarm_rate", 5.0 / 1_105, 115), ("post_action_defect_rate", 1_250.0 / 15_000, 120),
    ]
    for (name, rate, n) in expected {
      let found = try figure(group, name)
      let estimate = try #require(found["estimate"]?.double)
      #expect(abs(estimate - rate) < 1e-12, "\(name)")
      #expect(found["n"]?.integer == n && found["labels"]?.integer == 155 && found["status"]?.string == "ok", "\(name): \(found)")
      let (low, high) = (try #require(found["low"]?.double), try #require(found["high"]?.double))
      #expect(low <= rate + 1e-12 && rate <= high + 1e-12 && low < high, "\(name)")
    }
  }

  /// field.md's example: both find 2 errors, neither finds one in 90, in 8 they differ. By hand: p = 12/200; chance 0.06² + 0.94² and 2·0.06·0.94.
  @Test func twoWhoJudgeBlindlyAgreeOrNot() throws {
    let ledger = try TestLedger()
    var records = Records()
    func judged(_ count: Int, isWrong: Bool, by judges: Int) -> [Course] {
      (0..<count).map { number in
        var course = Course(codes: number % 2 == 0 ? "confidence.low" : "impact.high")
        (course.draw, course.share, course.isWrong, course.judges) = ("hold 0.080", "1", isWrong, judges)
        return course
      }
    }
    try absorb(
      ledger, &records,
      judged(2, isWrong: true, by: 2) + judged(90, isWrong: false, by: 2) + judged(3, isWrong: true, by: 3) + judged(5, isWrong: false, by: 3))
    let group = try #require(try answer(ledger).first)
    let raw = 0.92
    let expected: [(String, Double)] = [
      ("agreement", raw), ("agreement_kappa", (raw - 0.8872) / (1 - 0.8872)), ("agreement_ac1", (raw - 0.1128) / (1 - 0.1128)),
      ("agreement_positive", 4.0 / 12), ("agreement_negative", 180.0 / 188),
    ]
    for (name, value) in expected {
      let found = try figure(group, name)
      let (estimate, low, high) = (try #require(found["estimate"]?.double), try #require(found["low"]?.double), try #require(found["high"]?.double))
      #expect(abs(estimate - value) < 1e-12, "\(name)")
      #expect(found["n"]?.integer == 100 && found["status"]?.string == "ok" && low < value && value < high, "\(name): \(found)")
    }
    // By reason, to find a vague rule; half of the pairs are fewer than fifty.
    let byReason = try answer(ledger, by: [.reason])
    #expect(byReason.count == 2)
    let half = try figure(try #require(byReason.first), "agreement_kappa")
    #expect(half["n"]?.integer == 51 || half["status"]?.string == Definitions.notEnough, "\(half)")
  }

  @Test func twoWhoNeverDifferTellNothingOfChance() throws {
    let ledger = try TestLedger()
    var records = Records()
    var course = Course()
    (course.draw, course.share, course.isWrong) = ("hold 0.080", "1", false)
    try absorb(ledger, &records, (0..<60).map { _ in course })
    let group = try #require(try answer(ledger).first)
    #expect(try figure(group, "agreement")["status"]?.string == "ok")
    for name in ["agreement_kappa", "agreement_ac1", "agreement_positive", "agreement_negative"] {
      #expect(try figure(group, name)["status"]?.string == Definitions.notEnough, "\(name)")
    }
  }

  @Test func withoutTruthThereIsNotEnoughData() throws {
    let ledger = try TestLedger()
    var records = Records()
    try absorb(ledger, &records, (0..<60).map { number in Course(end: number % 3 == 0 ? .rejected : .executed) })
    let group = try #require(try answer(ledger).first)
    for name in ["error_catch_rate", "error_catch_rate_review", "false_alarm_rate", "post_action_defect_rate"] {
      let found = try figure(group, name)
      #expect(found["status"]?.string == Definitions.notEnough && found["estimate"] == .null, "\(name)")
      #expect(found["why"]?.string == "no case was adjudicated")
    }
    // Rejecting everything catches nothing that is known to be wrong.
    #expect(try figure(group, "human_verification_rate")["estimate"]?.double == 1)
    #expect(try figure(group, "override_rate")["hits"]?.integer == 20)
  }

  @Test func verifiedIsOnlyWhatWasSeenAndDecidedBefore() throws {
    let ledger = try TestLedger()
    var records = Records()
    var (unseen, observed, alone, withdrawn) = (Course(), Course(), Course(), Course())
    unseen.isSeen = false
    (observed.isReviewed, observed.isObserved) = (false, true)
    alone.isReviewed = false
    withdrawn.end = .withdrawn
    try absorb(ledger, &records, [Course(), unseen, observed, alone, withdrawn])
    let group = try #require(try answer(ledger).first)
    let verified = try figure(group, "human_verification_rate")
    #expect(verified["hits"]?.integer == 1 && verified["n"]?.integer == 4 && verified["unseen"]?.integer == 1 && verified["excluded"]?.integer == 1)
    #expect(verified["status"]?.string == Definitions.notEnough, "four cases are too few for a share")
    #expect(try figure(group, "post_action_audit_rate")["hits"]?.integer == 1)
    #expect(try figure(group, "audit_completeness_chain")["estimate"]?.double == 1)
  }

  @Test func openCasesCountAsLateAndReportsWaitForTheirWindow() throws {
    let ledger = try TestLedger()
    var records = Records()
    var (open, wrong) = (Course(), Course())
    open.end = .open
    wrong.defect = "complaint"
    try absorb(ledger, &records, [Course(), wrong] + (0..<3).map { _ in open })
    let hour = try #require(try answer(ledger).first)
    #expect(hour["open"]?.integer == 3 && hour["ended"]?.integer == 2)
    let median = try figure(hour, "latency_p50")
    #expect(median["status"]?.string == Definitions.notEnough && median["open"]?.integer == 3, "two of five have ended: nobody knows the median")
    #expect(try figure(hour, "reported_defect_rate_7")["n"]?.integer == 0)
    let soFar = try figure(hour, "reported_defect_rate")
    #expect(soFar["n"]?.integer == 2 && soFar["hits"]?.integer == 1, "a report shows at once")
    let later = try #require(try answer(ledger, now: Records.start.adding(seconds: 8 * 86_400)).first)
    #expect(try figure(later, "reported_defect_rate_7")["n"]?.integer == 2)
    #expect(try figure(later, "reported_defect_rate_7")["hits"]?.integer == 1)
    #expect(try figure(later, "reported_defect_rate_30")["n"]?.integer == 0)
  }

  @Test func figuresFallIntoParts() throws {
    let ledger = try TestLedger()
    var records = Records()
    var (other, question) = (Course(workflow: "invoice-exception", model: "m/2"), Course(workflow: KPIQuestion.adjudication))
    other.codes = "impact.high,context.stale"
    other.tier = 3
    question.end = .rejected
    try absorb(ledger, &records, [Course(), Course(), other, question])
    func ended(_ parts: [KPIGroup.Dimension]) throws -> [String: Int64] {
      Dictionary(
        uniqueKeysWithValues: try answer(ledger, by: parts).map { group in
          (group["group"]?.object?.members.map { $0.value.string ?? "" }.joined(separator: " ") ?? "", group["ended"]?.integer ?? 0)
        })
    }
    #expect(try ended([]) == ["": 3], "what adjudicators decide is no work of its own")
    #expect(try ended([.workflow]) == ["reply-draft": 2, "invoice-exception": 1, "adjudication": 1])
    #expect(try ended([.model, .tier]) == ["m/1 1": 2, "m/2 3": 1])
    #expect(try ended([.reason]) == ["confidence.low": 2, "impact.high": 1, "context.stale": 1])
    let paged = try #require(try answer(ledger, by: [.tier]).first { $0["escalated"]?.integer == 1 })
    #expect(try figure(paged, "escalation_p50")["n"]?.integer == 1)
    let tiers = try #require(paged["seconds"]?["tiers"]?.array)
    #expect(tiers[0].double ?? 0 > 0 && tiers[1].double ?? 0 > 0 && tiers[2].double ?? 0 > 0 && tiers[3].double == 0)
  }

  private static func random(_ generator: inout SplitMix64) -> Course {
    var course = Course()
    course.workflow = ["reply-draft", "invoice-exception"][Int.random(in: 0...1, using: &generator)]
    course.model = "m/\(Int.random(in: 1...2, using: &generator))"
    course.start = Records.start.adding(seconds: Double(Int.random(in: 0...300_000, using: &generator)))
    course.step = Double(Int.random(in: 1...900, using: &generator))
    course.isReviewed = generator.chance(0.6)
    course.isObserved = generator.chance(0.3)
    course.isSeen = generator.chance(0.9)
    course.isEdited = generator.chance(0.2)
    course.tier = generator.chance(0.3) ? Int.random(in: 2...4, using: &generator) : 1
    course.end = !course.isReviewed ? .executed : [Course.End.open, .executed, .executed, .rejected, .blocked, .withdrawn][Int.random(in: 0...5, using: &generator)]
    course.draw = generator.chance(0.5) ? ["hold 0.080", "hold 0.200", "observe 0.050"][Int.random(in: 0...2, using: &generator)] : "none"
    if generator.chance(0.5) { (course.share, course.isWrong) = (generator.chance(0.5) ? "1" : "0.1", generator.chance(0.4)) }
    if generator.chance(0.1) { course.defect = CaseDefect.Kind.allCases.randomElement(using: &generator)?.rawValue }
    return course
  }

  /// What streams in is what a plain count over the finished rows gives, whatever the batches and however often the process
  /// dies; and an index made anew from the ledger has the same.
  @Test(arguments: 0..<50) func sumsAreThoseOfTheRowsWhateverTheBatches(seed: Int) throws {
    let ledger = try TestLedger()
    var records = Records()
    var generator = SplitMix64(seed: UInt64(seed))
    var rest = (1...12).flatMap { records.history($0, Self.random(&generator)) }[...]
    while !rest.isEmpty {
      let count = Int.random(in: 1...25, using: &generator)
      try ledger.absorb(Array(rest.prefix(count)))
      rest = rest.dropFirst(count)
      if generator.chance(0.2) { ledger.restart() }
    }
    let (rows, cells) = try ledger.store.read { (try CaseFilter(limit: 500).rows($0), try KPICells.read(0...1_000_000, $0)) }
    var plain: [String: KPISums] = [:]
    for contribution in rows.compactMap({ Contribution($0) }) {
      var group = contribution.group
      for code in [""] + contribution.codes {
        group[.reason] = code
        plain["\(contribution.day) \(group.key)", default: KPISums()].add(contribution.sums)
      }
    }
    #expect(rows.count == 12)
    #expect(Dictionary(uniqueKeysWithValues: cells.map { ("\($0.day) \($0.group.key)", $0.sums) }) == plain)
    for row in rows { #expect(try CaseRow(row.row) == row) }

    let whole = try ledger.digest(ledger.store)
    try ledger.sign()
    let fresh = try SQLiteStore(path: ":memory:", readers: 0)
    try fresh.migrate(Tables.migrations)
    ledger.restart()
    try ledger.absorb([], into: fresh)
    #expect(try ledger.digest(fresh) == whole)
  }

  @Test func measuresDoNotDependOnOrder() throws {
    var records = Records()
    var course = Course()
    (course.tier, course.draw, course.share, course.isWrong, course.defect) = (3, "hold 0.080", "0.1", true, "dispute")
    let messages = records.history(1, course)
    var headers = RecordHeaders()
    var results: [CaseMeasures] = []
    for seed in 0..<40 {
      var generator = SplitMix64(seed: UInt64(seed))
      let cut = Int.random(in: 0...messages.count, using: &generator)
      var parts = [CaseMeasures(), CaseMeasures()]
      for (place, message) in messages.shuffled(using: &generator).enumerated() {
        let pieces = FramePieces(message.frame)
        headers.read(pieces.headers)
        parts[place < cut ? 0 : 1].fold(headers, pieces.body)
      }
      parts[0].merge(parts[1])
      results.append(parts[0])
    }
    for result in results { #expect(result == results[0]) }
    #expect(results[0].adjudicators == 2)
    #expect(results[0].share == 100 && results[0].isWrong == true && results[0].defects == 1 << 2 && results[0].draw == "hold 0.080")
    let bytes = results[0].bytes
    for count in 1..<bytes.count { _ = try? CaseMeasures(bytes[1..<count]) }
    #expect(try CaseMeasures(bytes[1...]) == results[0])
  }

  @Test func delaysAreToldByReasonAndItsClass() throws {
    let ledger = try TestLedger()
    var records = Records()
    try absorb(ledger, &records, [Course(codes: "confidence.low"), Course(codes: "confidence.low,context.stale", step: 100), Course(isReviewed: false)])
    var sums: [String: KPISums] = [:]
    for cell in try ledger.store.read({ try KPICells.read(0...1_000_000, $0) }) where !cell.group[.reason].isEmpty {
      sums[cell.group[.reason], default: KPISums()].add(cell.sums)
    }
    let told = Edge.delays("reply-draft", sums)
    #expect(told.map { $0["reason"]?.string } == ["confidence.low", "context.stale"])
    #expect(told.map { $0["class"]?.string } == [ReasonCode.confidenceLow.class.rawValue, ReasonCode.contextStale.class.rawValue])
    // Taken a step after it was asked about, counted as decided three steps after that; steps of ten seconds and of a hundred.
    #expect(told[0]["cases"]?.integer == 2 && told[1]["waited_seconds"]?.double == 400 && told[0]["waited_seconds"]?.double == 440)
  }

  @Test func everyFigureHasItsDefinition() {
    #expect(KPIReport().figures.map(\.name) == Definitions.all.map(\.name))
  }
}
