import Domain
import Storage
import Wire

/// What the manifest needs of a case besides its moments. Of what policy and the reviewer wait for the latest word counts, so that
/// the fold follows no order.
struct WayMeasures: Sendable, Equatable {
  /// Records of decisions: signed, told as an event of the task, judged by policy.
  var decisions: Int64 = 0
  var told: Int64 = 0
  var counted: Int64 = 0
  /// Since when policy waits, for what (`CaseWay.Wait`), and until when; 0 where it never said.
  private(set) var waitAt: Int64 = 0
  private(set) var waitKind: Int64 = 0
  private(set) var waitUntil: Int64 = 0
  /// The reviewer's last word about its ladder, and when the next rung is due; 0 where none is.
  private(set) var rungAt: Int64 = 0
  private(set) var rungDue: Int64 = 0

  /// Of one step's records the one that policy waits for last counts: a permit before the question that goes with it.
  mutating func wait(_ kind: CaseWay.Wait, until due: Int64?, at time: Int64) { wait(kind.rawValue, due ?? 0, time) }

  private mutating func wait(_ kind: Int64, _ due: Int64, _ time: Int64) {
    guard (time, kind, due) > (waitAt, waitKind, waitUntil) else { return }
    (waitAt, waitKind, waitUntil) = (time, kind, due)
  }

  /// Of one moment a word that ends the ladder counts before one that goes on with it, and of several rungs the last: empty groups are
  /// passed at once.
  mutating func rung(_ due: Int64?, at time: Int64) {
    let due = due ?? 0
    let isLater = time > rungAt || (time == rungAt && rungDue != 0 && (due == 0 || due > rungDue))
    guard isLater else { return }
    (rungAt, rungDue) = (time, due)
  }

  mutating func merge(_ other: WayMeasures) {
    decisions += other.decisions
    told += other.told
    counted += other.counted
    wait(other.waitKind, other.waitUntil, other.waitAt)
    if other.rungAt > 0 { rung(other.rungDue, at: other.rungAt) }
  }

  var numbers: [Int64] { [decisions, told, counted, waitAt, waitKind, waitUntil, rungAt, rungDue] }

  init() {}

  init(_ reader: inout PackedReader) throws(StoreError) {
    decisions = try reader.integer()
    told = try reader.integer()
    counted = try reader.integer()
    waitAt = try reader.integer()
    waitKind = try reader.integer()
    waitUntil = try reader.integer()
    rungAt = try reader.integer()
    rungDue = try reader.integer()
  }
}

extension CaseRow {
  /// What is on record of its way.
  var way: CaseWay {
    let m = measures
    var way = CaseWay()
    way.route = facts[.route].flatMap(Route.init)
    way.endedAt = ended
    way.outcome = ended == nil ? nil : Outcome(rawValue: outcome) ?? .failed
    way.admitted = m[.ingested]
    way.requested = m[.requested]
    way.pending = m[.pending]
    way.proposed = m[.proposed]
    way.judged = m[.judged]
    way.asked = m[.asked]
    way.opened = m[.opened]
    way.decided = m[.decided]
    way.permitted = m[.permitted]
    way.permittedAlone = m[.permittedAlone]
    way.effect = m[.effect]
    way.acted = m[.acted]
    way.isRequesterSilent = way.outcome == .rejected && facts.values(.reasons).contains("requester.silent")
    (way.decisions, way.told, way.counted) = (m.way.decisions, m.way.told, m.way.counted)
    way.lastDecision = m[.decisionLast] ?? m[.decidedLast]
    if m.way.waitUntil > 0 || m.way.waitKind == CaseWay.Wait.held.rawValue {
      way.wait = CaseWay.Wait(rawValue: m.way.waitKind)
      (way.waitSince, way.waitUntil) = (m.way.waitAt, m.way.waitUntil)
    }
    if m.way.rungDue > 0 { way.rung = (m.way.rungAt, m.way.rungDue) }
    return way
  }

  /// What it owes; nothing of a case that audit knows by hearsay alone.
  var debts: [Debt] { Manifest.debts(way) }
}
