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
  private let lanes: Int32
  private let stopped: [Int32: String]
  let flaws: [(key: Flaws.Key, seen: Flaws.Seen)]
  private var figures = KPISums()

  /// At most so many debts are looked at.
  static let mostDebts = 2_000
  private static let more = "debts/more"

  /// - Parameters:
  ///   - standing: keys of the alarms that stand.
  ///   - now: the wall clock; `story`: the story's, which runs `scale` times as fast; µs.
  ///   - horizon: up to when everything that was written has come; nil: nobody knows, so that nothing is owed yet.
  ///   - lanes: how many there are; `stopped`: those that stand still, and why.
  ///   - isSummed: whether the figures of 28 days are added up, too.
  init(
    _ transaction: any StoreTransaction, standing: Set<String>, paths: LedgerPaths, now: Int64, story: Int64, scale: Int64, horizon: Int64?, lanes: Int32,
    stopped: [Int32: String], isSummed: Bool = true
  ) throws {
    streams = try StreamRow.all(transaction)
    self.standing = standing
    (self.lanes, self.stopped) = (lanes, stopped)
    flaws = try Flaws.all(transaction)
    if isSummed {
      let today = story / Contribution.dayLength
      for cell in try KPICells.read((today - 27)...today, transaction) where cell.group[.reason].isEmpty { figures.add(cell.sums) }
    }
    try lookAtLanes(horizon, transaction)
    look(flawsSince: story - CompletenessWatch.flawSeconds * scale)
    if let horizon { try lookForDebts(at: horizon - CompletenessWatch.stepPatience * scale, LedgerReader(paths), transaction) }
  }

  private mutating func tell(_ trouble: Trouble, _ stands: Bool) {
    if stands, !standing.contains(trouble.key) { begun.append(trouble) }
    if !stands, standing.contains(trouble.key) { over.append(trouble) }
  }

  /// Audit's own lanes: what they wait for, no other service tells. The text begins with the stream of the missing record; it is most
  /// likely of the case that has owed a record there for longest.
  private mutating func lookAtLanes(_ horizon: Int64?, _ transaction: any StoreTransaction) throws {
    for (number, text) in stopped.sorted(by: { $0.key < $1.key }) {
      let topic = text.split(separator: "/").first.map(String.init) ?? ""
      var owing: [String] = []
      if let horizon, !standing.contains("lane/\(number)") {
        for late in try Owing.overdue(at: horizon + 1, limit: Self.mostDebts, transaction)
        where late.debt.transition.topic == topic && lane(of: late.row.id, among: lanes) == number && !owing.contains(late.row.id) {
          owing.append(late.row.id)
        }
      }
      let cases = owing.isEmpty ? "" : "; a record there is owed by case \(owing.prefix(3).joined(separator: ", "))\(owing.count > 3 ? " and \(owing.count - 3) more" : "")"
      tell(Trouble(key: "lane/\(number)", code: .streamGap, text: "audit's lane \(number) stands still: \(text)\(cases)"), true)
    }
    for key in standing.sorted() where key.hasPrefix("lane/") {
      guard let lane = Int32(key.dropFirst("lane/".count)), stopped[lane] == nil else { continue }
      tell(Trouble(key: key, code: .streamGap, text: "audit's lane \(lane) goes on"), false)
    }
  }

  private mutating func look(flawsSince time: Int64) {
    for (key, seen) in flaws {
      let name = "flaw/\(key.kind)/\(key.type)/\(key.field)"
      let what = key.kind == Flaws.hidden ? "tells a late timer as one in time" : "field \(key.field) is \(key.kind)"
      let writer = Topic.named(String(seen.stream.split(separator: "/")[0]))?.writer?.rawValue ?? "unknown"
      let trouble = Trouble(
        key: name, code: key.kind == Flaws.hidden ? .timerHidden : .recordIncomplete,
        text: "\(key.type) \(what), in \(seen.count) records; the last: case \(seen.caseID), \(seen.stream) number \(seen.number), entry \(seen.last)",
        service: writer)
      tell(trouble, seen.at >= time)
    }
  }

  private mutating func lookForDebts(at time: Int64, _ reader: LedgerReader, _ transaction: any StoreTransaction) throws {
    overdue = try DebtAlarm.overdue(at: time, limit: Self.mostDebts, lanes: lanes, stopped: stopped, transaction)
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
      Trouble(key: Self.more, code: .caseOwes, text: rest > 0 ? "\(rest) more transitions are owed; GET /v1/completeness names them" : "the others are paid"),
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
        "countersign_audit_debts", Double(overdue.count { $0.code == code }), labels: "code=\"\(code.rawValue)\"",
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
