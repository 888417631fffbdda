import Domain
import Lanes
import Ledger
import Messaging
import Storage
import Testing
import Wire

@testable import countersign_audit

/// Producers that lose, hide and leave out, and what audit makes of it.
@Suite struct CompletenessTests {
  private typealias Course = Records.Course

  private func shortfall(_ ledger: TestLedger, after seconds: Double, standing: Set<String> = [], stopped: [Int32: String] = [:]) throws -> Shortfall {
    let time = Records.start.adding(seconds: seconds).microseconds
    return try ledger.store.read {
      try Shortfall($0, standing: standing, paths: ledger.paths, now: time, story: time, scale: 1, horizon: time, lanes: 4, stopped: stopped)
    }
  }

  private func type(_ message: Message) -> String { message.frame.text("ce_type") ?? "" }

  @Test func wholeCasesOweNothing() throws {
    let ledger = try TestLedger()
    var records = Records()
    var (alone, observed, rejected, withdrawn) = (Course(), Course(), Course(), Course())
    alone.isReviewed = false
    (observed.isReviewed, observed.isObserved) = (false, true)
    (rejected.end, withdrawn.end) = (.rejected, .withdrawn)
    for (number, course) in [Course(), alone, observed, rejected, withdrawn].enumerated() { try ledger.absorb(records.history(number + 1, course)) }
    let found = try shortfall(ledger, after: 86_400)
    #expect(found.begun == [] && found.overdue == [])
    #expect(found.flaws.isEmpty, "\(found.flaws)")
    #expect(try ledger.store.read { try $0.query("SELECT count(*) FROM owing", []) } == [[.integer(0)]])
    for number in 1...5 {
      let sums = try #require(try ledger.caseRow(Records.caseID(number)).flatMap { Contribution($0) }).sums
      #expect(sums[.chainDue] == sums[.chainSeen] && sums[.fieldsRequired] == sums[.fieldsPresent] && sums[.recordsDue] == sums[.recordsWhole], "\(number)")
    }
  }

  /// Each record that a case owes, taken out of a history before it was numbered: the alert names case, service, stream and number.
  @Test(arguments: [
    (CaseAdmitted.type, "intake", "cases/1"), (ProposalMade.type, "", ""), ("countersign.task.opened.v1", "reviewer", "reviews/1"),
    (DecisionMade.type, "reviewer", "decisions/1"), ("countersign.task.decided.v1", "reviewer", "reviews/1"),
    (DecisionJudged.type, "policy", "reviews.requested/1"), (PermitIssued.type, "policy", "permits/1"),
    (EffectReported.type, "intake", "effects/1"),
  ])
  func aDroppedRecordIsMissedByName(type: String, service: String, stream: String) throws {
    let ledger = try TestLedger()
    var whole = Records()
    let id = Records.caseID(1)
    try ledger.absorb(whole.history(2, Course()))
    try ledger.absorb(whole.history(1, Course()).filter { self.type($0) != type })
    let found = try shortfall(ledger, after: 3_000)
    guard !service.isEmpty else {
      // People were asked all the same: policy has taken what the proposal was for.
      #expect(found.overdue == [])
      return
    }
    let alarm = try #require(found.begun.first { $0.service == service }, "\(found.begun)")
    #expect(alarm.text.contains("case \(id): \(service) owes") && alarm.text.contains("on \(stream)") && alarm.text.contains("number "), "\(alarm.text)")
    #expect(found.begun.allSatisfy { $0.text.contains(id) })
  }

  @Test func anAlertStandsWithinAMinuteAndEndsWhenTheRecordCame() throws {
    let ledger = try TestLedger()
    var records = Records()
    let messages = records.history(1, Course())
    let opened = try #require(messages.firstIndex { type($0) == "countersign.task.opened.v1" })
    // The reviewer falls silent at 30 s.
    try ledger.absorb(Array(messages.prefix(opened)))
    #expect(try shortfall(ledger, after: 60).begun == [])
    let begun = try shortfall(ledger, after: 90).begun
    #expect(begun.map(\.code.rawValue) == ["case.owes"] && begun.map(\.service) == ["reviewer"])
    let key = try #require(begun.first?.key)
    // It stands; then the record comes after all.
    #expect(try shortfall(ledger, after: 90, standing: [key]).begun == [])
    try ledger.absorb(Array(messages[opened...opened]))
    let later = try shortfall(ledger, after: 95, standing: [key])
    #expect(later.begun == [] && later.over.map(\.key) == [key] && later.over.map(\.code.rawValue) == ["case.owes"])
  }

  @Test func aCaseWithoutAnEndIsNamedAfterItsDeadline() throws {
    let ledger = try TestLedger()
    var records = Records()
    var course = Course()
    course.end = .open
    try ledger.absorb(records.history(1, course))
    #expect(try shortfall(ledger, after: 3_600).begun == [])
    let begun = try shortfall(ledger, after: 3_650).begun
    #expect(begun.map(\.code.rawValue) == ["case.endless"] && begun.first?.text.contains(Records.caseID(1)) == true)
    // A stop holds it: nothing is owed until it is lifted.
    try ledger.absorb([records.make(.verdicts, 1, type: CaseHeld.type, subject: Records.caseID(1), at: Records.start.adding(seconds: 3_655), facts: [(.reasons, "stopped")])])
    #expect(try shortfall(ledger, after: 9_000).overdue == [])
  }

  @Test func anEffectWithoutADecisionIsFoundAtOnce() throws {
    let ledger = try TestLedger()
    var records = Records()
    let messages = records.history(1, Course())
    let dropped: Set<String> = [DecisionMade.type, "countersign.task.decided.v1", DecisionJudged.type]
    try ledger.absorb(messages.filter { !dropped.contains(type($0)) })
    #expect(try shortfall(ledger, after: 300).begun.map(\.code.rawValue) == ["effect.undecided"])
    let other = try TestLedger()
    try other.absorb(records.history(2, Course()).filter { type($0) != PermitIssued.type && type($0) != CaseEnded.type })
    #expect(try shortfall(other, after: 300).begun.contains { $0.code.rawValue == "effect.undecided" && $0.text.contains("the permit") })
  }

  /// A rung that fired late and says that it did not; one that says so is no flaw, and one that never fired is a debt.
  @Test func aLateTimerCannotBeHidden() throws {
    let due = Records.start.adding(seconds: 300)
    func body(late: Double, fired: Double) -> String {
      #"{"tier":2,"due_at":"\#(due)","fired_at":"\#(due.adding(seconds: fired))","late_by":\#(late)}"#
    }
    for (late, fired, isHidden) in [(0.0, 0.0, true), (0.0, 90.0, true), (90.0, 90.0, false)] {
      let ledger = try TestLedger()
      var records = Records()
      try ledger.absorb([
        records.make(
          .reviews, type: "countersign.task.tier.advanced.v1", subject: Records.caseID(1), at: due.adding(seconds: 90), facts: [(.tier, "2")],
          body: body(late: late, fired: fired))
      ])
      let codes = try shortfall(ledger, after: 400).begun.map(\.code.rawValue)
      #expect(codes == (isHidden ? ["timer.hidden"] : []), "late \(late), fired \(fired)")
    }
    let ledger = try TestLedger()
    var records = Records()
    var course = Course()
    course.end = .open
    try ledger.absorb(records.history(1, course))
    let opening = records.make(
      .reviews, 1, type: "countersign.task.opened.v1", subject: Records.caseID(1), at: Records.start.adding(seconds: 100), facts: [(.due, "\(due.microseconds)")])
    try ledger.absorb([opening])
    #expect(try shortfall(ledger, after: 340).begun == [])
    #expect(try shortfall(ledger, after: 350).begun.map(\.code.rawValue) == ["timer.silent"])
    try ledger.absorb([records.make(.reviews, 1, type: "countersign.task.tier.advanced.v1", subject: Records.caseID(1), at: due)])
    #expect(try shortfall(ledger, after: 350).overdue == [])
  }

  @Test func anEmptyFieldAndOneWithoutAReasonAreCountedApart() throws {
    let ledger = try TestLedger()
    var records = Records()
    let facts: [(Fact, String)] = [(.workflow, "reply-draft"), (.payloadHash, "ab"), (.sources, "kb-1"), (.confidence, "none")]
    func proposal(_ number: Int, _ more: [(Fact, String)]) -> Message {
      records.make(.modelProposals, type: ProposalMade.type, subject: Records.caseID(number), facts: facts + more)
    }
    try ledger.absorb([
      proposal(1, [(.model, "m/1"), (.prompt, "p1")]), proposal(2, [(.model, ""), (.prompt, "p1")]), proposal(3, [(.model, "n/a"), (.prompt, "p1")]),
      proposal(4, [(.prompt, "p1")]), proposal(5, [(.model, "m/1"), (.prompt, "n/a: the prompt is built in")]),
    ])
    try ledger.absorb([proposal(6, [(.model, " "), (.prompt, "p1")])])
    let found = try shortfall(ledger, after: 10)
    let counts = found.flaws.map { "\($0.key.kind) \($0.key.field) \($0.seen.count) \($0.seen.first)-\($0.seen.last)" }
    #expect(counts == ["absent model 1 3-3", "empty model 2 1-5", "unexplained model 1 2-2"])
    #expect(found.begun.allSatisfy { $0.code.rawValue == "record.incomplete" && $0.service == "model-adapter" } && found.begun.count == 3)
    #expect(found.begun.contains { $0.text.contains(Records.caseID(6)) && $0.text.contains("model.proposals/0 number 6") })
    let fields = try (1...6).map { try #require(try ledger.caseRow(Records.caseID($0))).measures.fields }
    #expect(fields.map(\.whole) == [1, 0, 0, 0, 1, 0])
    #expect(fields.map(\.empty) == [0, 1, 0, 0, 0, 1] && fields.map(\.unexplained) == [0, 0, 1, 0, 0, 0] && fields.map(\.absent) == [0, 0, 0, 1, 0, 0])
    // A quarter of an hour after the last one it is over.
    #expect(try !shortfall(ledger, after: 1_000).begun.contains { $0.code.rawValue == "record.incomplete" })
  }

  /// A group that is empty is passed at once: of one moment's rungs the last one counts, and a word that ends the ladder before any.
  @Test func theLastWordAboutARungCounts() {
    var words: [(Int64?, Int64)] = [(300, 100), (600, 100), (900, 50)]
    for _ in 0..<3 {
      var way = WayMeasures()
      for (due, time) in words { way.rung(due, at: time) }
      #expect(way.rungAt == 100 && way.rungDue == 600)
      way.rung(nil, at: 100)
      #expect(way.rungDue == 0)
      words.append(words.removeFirst())
    }
  }

  @Test func aLaneThatStandsStillIsTold() throws {
    let ledger = try TestLedger()
    var records = Records()
    for number in 1...8 {
      let messages = records.history(number, Course())
      // Of the fifth the event of its decision was lost on the way, after it was numbered.
      try ledger.absorb(number == 5 ? messages.filter { type($0) != "countersign.task.decided.v1" } : messages)
    }
    let id = Records.caseID(5)
    let own = lane(of: id, among: 4)
    let text = "reviews/\(own): number 4711 is missing"
    let begun = try shortfall(ledger, after: 1_000, stopped: [own: text]).begun
    #expect(begun.map(\.code.rawValue) == ["stream.gap"])
    #expect(begun.first?.text.contains(text) == true && begun.first?.text.contains("owed by case \(id)") == true, "\(begun)")
    #expect(try shortfall(ledger, after: 1_000, standing: ["lane/\(own)"]).over.map(\.key) == ["lane/\(own)"])
  }

  /// An outage of policy: twenty cases are told by name, the rest as a number.
  @Test func manyDebtsAreNotManyAlerts() throws {
    let ledger = try TestLedger()
    var records = Records()
    for number in 1...50 { try ledger.absorb(Array(records.history(number, Course()).prefix(1))) }
    let begun = try shortfall(ledger, after: 120).begun
    #expect(begun.count == 21 && begun.last?.key == "debts/more" && begun.last?.text.hasPrefix("30 more") == true)
  }

  /// An index of an older version is made anew with the first batch.
  @Test func anOlderIndexIsMadeAnew() throws {
    let ledger = try TestLedger()
    var records = Records()
    for number in 1...6 { try ledger.absorb(records.history(number, Course(end: number % 2 == 0 ? .executed : .open))) }
    let whole = try ledger.digest(ledger.store)
    try ledger.store.transaction { transaction in
      _ = try transaction.execute("DELETE FROM made_by", [])
      for table in ["owing", "flaws", "kpi_cells", "labels"] { _ = try transaction.execute("DELETE FROM \(table)", []) }
    }
    ledger.restart()
    try ledger.absorb([])
    #expect(try ledger.digest(ledger.store) == whole)
  }

  /// Of cases in a lane of audit's own that stands still nobody is told to owe anything: their records may be waiting there.
  @Test func aLaneThatStandsStillBlamesNobody() throws {
    let ledger = try TestLedger()
    var records = Records()
    for number in 1...40 { try ledger.absorb(Array(records.history(number, Course()).prefix(1))) }
    let time = Records.start.adding(seconds: 120).microseconds
    func owing(_ stopped: [Int32: String]) throws -> Set<String> {
      try ledger.store.read { Set(try DebtAlarm.overdue(at: time, limit: 100, lanes: 4, stopped: stopped, $0).map(\.caseID)) }
    }
    let all = Set((1...40).map(Records.caseID))
    #expect(try owing([:]) == all)
    let own = lane(of: Records.caseID(1), among: 4)
    #expect(try owing([own: "cases/0: number 7 is missing"]) == all.filter { lane(of: $0, among: 4) != own })
    #expect(try owing([0: "", 1: "", 2: "", 3: ""]).isEmpty)
  }

  @Test func everyTransitionNamesATopicOfItsWriter() {
    for transition in Transition.allCases {
      #expect(Topic.named(transition.topic)?.writer != nil, "\(transition)")
      #expect(!transition.types.isEmpty)
    }
  }
}
