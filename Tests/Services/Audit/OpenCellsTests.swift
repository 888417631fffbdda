import Bundles
import Domain
import JSON
import Messaging
import Statistics
import Storage
import Testing
import Wire

@testable import countersign_audit

/// Figures of open cases come from sums, and are those of a look at every case.
@Suite struct OpenCellsTests {
  private typealias Course = Records.Course
  private static let second: Int64 = 1_000_000

  private func promise(_ workflow: String = "reply-draft", within seconds: Int = 600) -> Promise {
    Promise(
      workflow: workflow, template: .approval, owner: "support-lead", bundle: "b1",
      objectives: Objectives(latencyShare: 0.95, latencySeconds: seconds, auditCompleteness: 0.99, shownFirst: .latency))
  }

  private func rows(_ ledger: TestLedger) throws -> [CaseRow] { try ledger.store.read { try CaseFilter(limit: 5_000).rows($0) } }

  /// Histories that break off at any record, but not between a decision and its permit: whose that time was is known only then.
  private func broken(_ generator: inout SplitMix64, _ records: inout Records, _ number: Int) -> [Message] {
    var course = Course()
    course.workflow = ["reply-draft", "invoice-exception"][number % 2]
    course.start = Records.start.adding(seconds: Double(Int.random(in: 0...20_000, using: &generator)))
    course.step = Double(Int.random(in: 1...400, using: &generator))
    course.tier = Int.random(in: 1...3, using: &generator)
    course.isReviewed = generator.chance(0.8)
    course.codes = ["confidence.low", "impact.high,context.stale", "none"][number % 3]
    let messages = records.history(number, course)
    let types = messages.map { $0.frame.text("ce_type") ?? "" }
    var end = Int.random(in: 1...messages.count, using: &generator)
    if let decided = types.firstIndex(of: DecisionMade.type), let permit = types.firstIndex(of: PermitIssued.type), end > decided, end <= permit {
      end = decided
    }
    return Array(messages.prefix(end))
  }

  @Test(arguments: 0..<40) func sumsAreThoseOfALookAtEveryCase(seed: Int) throws {
    let ledger = try TestLedger()
    var (records, generator) = (Records(), SplitMix64(seed: UInt64(seed)))
    var rest = (1...30).flatMap { number in broken(&generator, &records, number) }[...]
    while !rest.isEmpty {
      let count = Int.random(in: 1...60, using: &generator)
      try ledger.absorb(Array(rest.prefix(count)))
      rest = rest.dropFirst(count)
      if generator.chance(0.2) { ledger.restart() }
    }
    let open = try rows(ledger).filter { $0.ended == nil && $0.measures[.ingested] != nil }
    for _ in 0..<8 {
      let now = Records.start.microseconds + Int64.random(in: 30_000...400_000, using: &generator) * Self.second
      for workflow in ["reply-draft", "invoice-exception"] {
        let promise = promise(workflow, within: Int.random(in: 60...40_000, using: &generator))
        let own = open.filter { $0.facts[.workflow] == workflow }
        let found = try ledger.store.read { try OpenStanding(promise, now: now, $0) }
        #expect(found.open == own.count)
        var late: [Budget: Int] = [.people: 0, .policy: 0, .platform: 0]
        func isLate(_ time: Int64) -> Bool { Sketch.bucket(time) > Sketch.bucket(promise.target) }
        for row in own {
          let time = try #require(Lateness(row.measures, until: now))
          guard isLate(time.total) else { continue }
          late[!isLate(time.withoutPlatform) ? .platform : !isLate(time.peoples) ? .policy : .people, default: 0] += 1
        }
        #expect(found.late == late, "\(workflow) within \(promise.target / Self.second) s")
        let waiting = own.compactMap { row in row.measures[.permitted] == nil && row.measures[.permittedAlone] == nil ? row.measures[.asked] : nil }
        #expect(found.waiting == (0...3).map { hour in waiting.count { $0 <= now - Int64(hour) * 3_600 * Self.second } })
      }
      // Ages: as many as there are, none too old, and none younger by more than a second or a sixty-fourth.
      var ages = Sketch()
      try ledger.store.read { transaction in
        for (cell, count) in try OpenCells.cells(.age, transaction) where KPIGroup(key: cell)?[.reason] == "" {
          let own = try OpenCells.ages(.age, cell, at: now, transaction)
          #expect(own.count == count)
          ages.merge(own)
        }
      }
      let told = ages.counts.sorted { $0.key < $1.key }.flatMap { bucket, count in [Int](repeating: bucket, count: count) }
      let exact = open.compactMap { $0.measures[.ingested].map { now - $0 } }.sorted()
      #expect(told.count == exact.count)
      for (bucket, age) in zip(told, exact) {
        #expect(bucket <= Sketch.bucket(age) && bucket >= Sketch.bucket(age - max(Self.second, age / 60)), "\(age)")
      }
    }
  }

  /// Nothing is left of cases that have all ended.
  @Test func whatEndsLeavesNothing() throws {
    let ledger = try TestLedger()
    var records = Records()
    let histories = (1...12).flatMap { number in records.history(number, Course(end: [.executed, .rejected, .withdrawn][number % 3])) }
    for message in histories { try ledger.absorb([message]) }
    #expect(try ledger.store.read { try $0.query("SELECT count(*) FROM open_cells", []) } == [[.integer(0)]])
  }

  /// Ten times as many open cases cost no row more, and nothing is read that no key leads to.
  @Test func aQuestionCostsTheSameHoweverManyAreOpen() throws {
    func cost(_ each: Int) throws -> (rows: Int, statements: Int) {
      let ledger = try TestLedger()
      var records = Records()
      var course = Course()
      course.end = .open
      for number in 0..<(100 * each) {
        course.start = Records.start.adding(seconds: Double(number % 100))
        try ledger.absorb(records.history(number + 1, course))
      }
      let now = Records.start.adding(seconds: 3_600)
      let day = now.microseconds / Contribution.dayLength
      return try ledger.store.read { transaction in
        let watched = WatchedTransaction(transaction)
        let budgets = try WorkflowBudgets.read([promise()], now: now.microseconds, watched)
        #expect(budgets.first?.open == 100 * each && budgets.first?.bad(.people).hits == 100 * each)
        let answer = try KPIQuestion(days: (day - 1)...day, now: now.microseconds).answer(watched)
        #expect(answer.first?["open"]?.integer == Int64(100 * each))
        let statements = watched.asked
        for (sql, arguments) in statements {
          for step in try transaction.query("EXPLAIN QUERY PLAN \(sql)", arguments) {
            let detail = try step[3].text()
            #expect(!detail.contains("SCAN") && !detail.contains("TEMP B-TREE"), "\(sql): \(detail)")
          }
        }
        return (watched.rows, statements.count)
      }
    }
    let (few, many) = (try cost(1), try cost(10))
    #expect(few.rows > 0 && few == many, "\(few) and \(many)")
  }

  /// Asked after 10 s, decided after 310 s, and then nobody issues a permit: what comes after is nobody's but the platform's.
  @Test func afterADecisionTheTimeIsThePlatforms() throws {
    var m = CaseMeasures()
    for (moment, seconds) in [(CaseMeasures.Moment.ingested, 0), (.asked, 10), (.decided, 310), (.decidedLast, 310)] as [(CaseMeasures.Moment, Int64)] {
      m.note(moment, seconds * Self.second)
    }
    #expect(OpenCourse(m)?.withoutPlatform == .fixed(300 * Self.second) && OpenCourse(m)?.peoples == .fixed(300 * Self.second))
    var waiting = CaseMeasures()
    waiting.note(.ingested, 0)
    #expect(OpenCourse(waiting)?.withoutPlatform == .fixed(0), "nobody was asked")
    waiting.note(.asked, 10 * Self.second)
    #expect(OpenCourse(waiting)?.peoples == .since(10 * Self.second))
    waiting.note(.overdue, 200 * Self.second)
    #expect(OpenCourse(waiting)?.peoples == .since(210 * Self.second), "a rung came 200 s late")
    waiting.note(.questioned, 100 * Self.second)
    #expect(OpenCourse(waiting)?.peoples == .fixed(0) && OpenCourse(waiting)?.withoutPlatform == .since(210 * Self.second))
    #expect(OpenCourse(CaseMeasures()) == nil)
  }

  /// A case is late from the second on in which it becomes so.
  @Test(arguments: [1, 59, 600, 14_400, 86_400]) func theLastLateSecondIsTheOneBeforeTheLimit(seconds: Int) {
    let target = Int64(seconds) * Self.second
    for now in [Records.start.microseconds, Records.start.microseconds + 123_456, 0] {
      let last = OpenStanding.lastLate(target, now: now)
      func isLate(_ second: Int64) -> Bool { Sketch.bucket(now - second * Self.second) > Sketch.bucket(target) }
      #expect(now == 0 ? last == -1 : isLate(last) && !isLate(last + 1))
    }
  }
}

/// Passes everything on, and keeps what was asked and how many rows came back.
final class WatchedTransaction: StoreTransaction {
  private let inner: any StoreTransaction
  private(set) var rows = 0
  private(set) var asked: [(sql: String, arguments: [Value])] = []

  init(_ inner: any StoreTransaction) { self.inner = inner }

  func query(_ sql: String, _ arguments: [Value]) throws(StoreError) -> [Row] {
    let found = try inner.query(sql, arguments)
    rows += found.count
    asked.append((sql, arguments))
    return found
  }

  func load(_ table: Table, _ keys: [Row]) throws(StoreError) -> [Row?] {
    rows += keys.count
    return try inner.load(table, keys)
  }
  func lock(_ table: Table, _ keys: [Row]) throws(StoreError) -> [Row?] { try inner.lock(table, keys) }
  func upsert(_ table: Table, _ rows: [Row]) throws(StoreError) { try inner.upsert(table, rows) }
  func insert(_ table: Table, _ rows: [Row]) throws(StoreError) { try inner.insert(table, rows) }
  func delete(_ table: Table, _ keys: [Row]) throws(StoreError) { try inner.delete(table, keys) }
  func claim(_ keySet: String, _ entries: [KeyEntry]) throws(StoreError) -> [KeyEntry?] { try inner.claim(keySet, entries) }
  func find(_ keySet: String, _ keys: [[UInt8]]) throws(StoreError) -> [KeyEntry?] { try inner.find(keySet, keys) }
  func expire(_ keySet: String, before time: Int64) throws(StoreError) { try inner.expire(keySet, before: time) }
  func server() throws(StoreError) -> String { try inner.server() }
  func execute(_ sql: String, _ arguments: [Value]) throws(StoreError) -> Int { try inner.execute(sql, arguments) }
}
