import Domain
import Host
import Ledger
import Storage
import Wire

/// What is missing at a moment, beside the alarms that stand: which begin, and which are over.
struct Shortfall {
  let streams: [StreamRow]
  /// Keys of alarms that stand.
  let standing: Set<String>
  private(set) var begun: [Trouble] = []
  private(set) var over: [Trouble] = []
  private(set) var overdue: [DebtAlarm] = []
  let flaws: [(key: Flaws.Key, seen: Flaws.Seen)]
  private var figures = KPISums()

  /// At most so many debts are looked at.
  static let mostDebts = 2_000
  private static let more = "debts/more"

  /// - Parameters:
  ///   - standing: keys of the alarms that stand.
  ///   - now: the wall clock; `story`: the story's, which runs `scale` times as fast; µs.
  ///   - horizon: up to when everything that was written has come; nil: nobody knows, so that nothing is owed yet.
  ///   - stopped: lanes that stand still, and why.
  ///   - isSummed: whether the figures of 28 days are added up, too.
  init(
    _ transaction: any StoreTransaction, standing: Set<String>, paths: LedgerPaths, now: Int64, story: Int64, scale: Int64, horizon: Int64?, stopped: [Int32: String],
    isSummed: Bool = true
  ) throws {
    streams = try StreamRow.all(transaction)
    self.standing = standing
    flaws = try Flaws.all(transaction)
    if isSummed {
      let today = story / Contribution.dayLength
      for cell in try KPICells.read((today - 27)...today, transaction) where cell.group[.reason].isEmpty { figures.add(cell.sums) }
    }
    look(stopped: stopped)
    look(flawsSince: story - CompletenessWatch.flawSeconds * scale)
    if let horizon { try lookForDebts(at: horizon - CompletenessWatch.stepPatience * scale, LedgerReader(paths), transaction) }
  }

  private mutating func tell(_ trouble: Trouble, _ stands: Bool) {
    if stands, !standing.contains(trouble.key) { begun.append(trouble) }
    if !stands, standing.contains(trouble.key) { over.append(trouble) }
  }

  /// Audit's own lanes: what they wait for, no other service tells.
  private mutating func look(stopped: [Int32: String]) {
    for (lane, text) in stopped.sorted(by: { $0.key < $1.key }) {
      tell(Trouble(key: "lane/\(lane)", code: "stream.gap", text: "audit's lane \(lane) stands still: \(text)"), true)
    }
    for key in standing.sorted() where key.hasPrefix("lane/") {
      guard let lane = Int32(key.dropFirst("lane/".count)), stopped[lane] == nil else { continue }
      tell(Trouble(key: key, code: "stream.gap", text: "audit's lane \(lane) goes on"), false)
    }
  }

  private mutating func look(flawsSince time: Int64) {
    for (key, seen) in flaws {
      let name = "flaw/\(key.kind)/\(key.type)/\(key.field)"
      let what = key.kind == Flaws.hidden ? "tells a late timer as one in time" : "field \(key.field) is \(key.kind)"
      let writer = Topic.named(String(seen.stream.split(separator: "/")[0]))?.writer?.rawValue ?? "unknown"
      let trouble = Trouble(
        key: name, code: key.kind == Flaws.hidden ? "timer.hidden" : "record.incomplete",
        text: "\(key.type) \(what), in \(seen.count) records; the last: case \(seen.caseID), \(seen.stream) number \(seen.number), entry \(seen.last)",
        service: writer)
      tell(trouble, seen.at >= time)
    }
  }

  private mutating func lookForDebts(at time: Int64, _ reader: LedgerReader, _ transaction: any StoreTransaction) throws {
    overdue = try Owing.overdue(at: time, limit: Self.mostDebts, transaction).map { DebtAlarm($0.row, $0.debt) }
    var named = standing.count { $0.hasPrefix(DebtAlarm.prefix) }
    for key in standing.sorted() {
      guard let (code, caseID, transition) = DebtAlarm.read(key) else { continue }
      let row = try transaction.load(Tables.cases, [[.text(caseID)]])[0].map { try CaseRow($0) }
      let isOwed = row.map { row in row.debts.contains { DebtAlarm(row, $0).key == key && time - $0.due < Owing.tellingEnds } } ?? false
      guard !isOwed else { continue }
      let writer = Topic.named(transition.topic)?.writer?.rawValue ?? "unknown"
      over.append(Trouble(key: key, code: code, text: "case \(caseID) no longer owes \(transition.words)", service: writer))
      named -= 1
    }
    for alarm in overdue where !standing.contains(alarm.key) {
      guard named < CompletenessWatch.mostNamed else { break }
      begun.append(alarm.trouble(try Self.hops(alarm.caseID, reader, transaction)))
      named += 1
    }
    let rest = overdue.count - named
    tell(
      Trouble(key: Self.more, code: "case.owes", text: rest > 0 ? "\(rest) more transitions are owed; GET /v1/completeness names them" : "the others are paid"),
      rest > 0)
  }

  static func hops(_ caseID: String, _ reader: LedgerReader, _ transaction: any StoreTransaction) throws -> [Hop] {
    guard let extent = try Extent(transaction) else { return [] }
    let positions = try transaction.query(
      "SELECT position FROM entries WHERE case_id = ? ORDER BY position DESC LIMIT 100", [.text(caseID)]
    ).map { try $0[0].integer() }
    return try reader.hops(positions.reversed(), extent, transaction)
  }

  func measure(_ metrics: Metrics) {
    for code in DebtAlarm.codes {
      metrics.set(
        "countersign_audit_debts", Double(overdue.count { $0.code == code }), labels: "code=\"\(code)\"",
        help: "transitions that cases owe and that are overdue")
    }
    for kind in RequiredFields.Flaw.allCases.map(\.rawValue) + [Flaws.hidden] {
      metrics.count(
        "countersign_audit_flawed_fields_total", total: Int(flaws.reduce(0) { $0 + ($1.key.kind == kind ? $1.seen.count : 0) }), labels: "kind=\"\(kind)\"",
        help: "fields of records that do not tell what they must")
    }
    let shares: [(String, Int64, Int64)] = [
      ("fields", figures[.fieldsPresent], figures[.fieldsRequired]), ("records", figures[.recordsWhole], figures[.recordsDue]),
      ("chain", figures[.chainSeen], figures[.chainDue]),
    ]
    for (measure, part, whole) in shares where whole > 0 {
      metrics.set(
        "countersign_audit_completeness", Double(part) / Double(whole), labels: "measure=\"\(measure)\"",
        help: "share of fields, records and transitions of the cases of 28 days that are on record")
    }
  }
}
