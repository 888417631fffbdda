import Domain
import Statistics
import Wire

/// What one case that has ended adds to the sums of a day. A pure function of its row, so that what a case added before a new
/// record can be taken away again, and all sums can be made anew from the rows. Every rule here stands in words in
/// `Definitions`, and once more in `deploy/kpis/recompute.py`.
struct Contribution: Equatable, Sendable {
  /// UTC days since 1970 of the case's end.
  let day: Int64
  let group: KPIGroup
  let codes: [String]
  let sums: KPISums

  /// Nil of a case that is open, or whose admission is not on record.
  init?(_ row: CaseRow) {
    guard let end = row.ended, let start = row.measures[.ingested] else { return nil }
    let m = row.measures
    day = (end - (end % Self.dayLength + Self.dayLength) % Self.dayLength) / Self.dayLength
    let isLabelled = m.isWrong != nil
    group = KPIGroup(row, isLabelled: isLabelled)
    codes = m.codes.sorted(by: precedes)
    var sums = KPISums()
    sums[.cases] = 1
    sums[.latency] = max(0, end - start)
    sums.latencies.add(end - start)
    Self.split(m, start, end, &sums)
    let verdict = Self.review(row, m, end)
    Self.count(verdict, row, m, &sums)
    if isLabelled { Self.label(verdict, m, &sums) }
    Self.agreement(m, &sums)
    Self.completeness(row, m, &sums)
    Self.escalation(m, end, &sums)
    self.sums = sums
  }

  static let dayLength: Int64 = 86_400_000_000

  /// Where the time went. What lies between the parts (a question to whoever asked, a second round) is in none of them.
  static func split(_ m: CaseMeasures, _ start: Int64, _ end: Int64, _ sums: inout KPISums) {
    let permit = m[.permitted] ?? m[.permittedAlone]
    let isPeoples = m[.asked] != nil && (m[.permitted] != nil || m[.permittedAlone] == nil)
    let machineEnd = isPeoples ? m[.asked] ?? end : permit ?? end
    sums[.machine] = max(0, min(machineEnd, end) - start)
    if isPeoples, let asked = m[.asked], asked < end {
      let taken = min(m[.claimed] ?? m[.decided] ?? end, m[.decided] ?? end, end)
      sums[.queue] = max(0, taken - asked)
      if let decided = m[.decidedLast] {
        sums[.handle] = max(0, min(decided, end) - max(taken, asked))
        if let permitted = m[.permitted] { sums[.undo] = max(0, min(permitted, end) - decided) }
      }
    }
    if let permit { sums[.effect] = max(0, end - permit) }
  }

  private struct Review {
    let isEffect: Bool
    /// A human decision was complete before anything was done.
    let isBefore: Bool
    /// …and one of the deciders had been shown the case before.
    let isSeen: Bool
    let isEdited: Bool
    let isStopped: Bool
    let isOverridden: Bool
    let isTerminal: Bool
  }

  private static func review(_ row: CaseRow, _ m: CaseMeasures, _ end: Int64) -> Review {
    let isEffect = row.outcome == Outcome.executed.rawValue || row.outcome == Outcome.effectUnknown.rawValue
    let isAlone = m[.permitted] == nil && m[.permittedAlone] != nil
    func isBefore(_ time: Int64?) -> Bool {
      guard let time, !isAlone else { return false }
      return time <= m[.permitted] ?? end
    }
    let isDecided = isBefore(m[.decided])
    let isEdited = isBefore(m[.edited])
    let ended = [Outcome.rejected, .blocked, .decidedOtherwise].contains { $0.rawValue == row.outcome }
    return Review(
      isEffect: isEffect, isBefore: isDecided,
      isSeen: isDecided && m.deciders.contains { person, time in m.seen[person].map { $0 <= time } ?? false },
      isEdited: isEdited, isStopped: isDecided && (isEdited || ended),
      isOverridden: m[.waived] != nil || isEdited || isBefore(m[.rejected]) || isBefore(m[.escalated]),
      isTerminal: isEffect || row.outcome == Outcome.advisory.rawValue || (ended && isDecided))
  }

  private static func count(_ review: Review, _ row: CaseRow, _ m: CaseMeasures, _ sums: inout KPISums) {
    if review.isTerminal {
      sums[.decided] = 1
      if review.isBefore { sums[review.isSeen ? .verified : .unseen] = 1 }
      if review.isOverridden { sums[.overridden] = 1 }
      if !review.isBefore, m[.decided] != nil { sums[.auditedAfter] = 1 }
    }
    if review.isEffect {
      sums[.executed] = 1
      if m.defects != 0 { sums[.defective] = 1 }
    }
  }

  /// Only what adjudication has judged is called an error.
  private static func label(_ review: Review, _ m: CaseMeasures, _ sums: inout KPISums) {
    guard review.isTerminal, let isWrong = m.isWrong else { return }
    if isWrong {
      sums[review.isStopped ? .caught : review.isBefore ? .missed : .passed] = 1
    } else if review.isBefore {
      sums[review.isStopped ? .alarmed : .cleared] = 1
    }
    if review.isEffect, !review.isEdited { sums[isWrong ? .executedWrong : .executedRight] = 1 }
  }

  /// Of every case that two people judged, whatever became of it: it tells of them and of what they go by.
  private static func agreement(_ m: CaseMeasures, _ sums: inout KPISums) {
    guard let isWrong = m.isWrong, let people = m.adjudicators else { return }
    sums[people == 3 ? .pairsDiffer : isWrong ? .pairsWrong : .pairsRight] = 1
  }

  private static func completeness(_ row: CaseRow, _ m: CaseMeasures, _ sums: inout KPISums) {
    sums[.fieldsRequired] = m.fields.due
    sums[.fieldsPresent] = m.fields.present
    sums[.fieldsEmpty] = m.fields.empty
    sums[.fieldsUnexplained] = m.fields.unexplained
    sums[.recordsDue] = m.fields.records
    sums[.recordsWhole] = m.fields.whole
    (sums[.chainDue], sums[.chainSeen]) = Manifest.chain(row.way)
  }

  private static func escalation(_ m: CaseMeasures, _ end: Int64, _ sums: inout KPISums) {
    if let raised = m[.raised] {
      sums[.escalated] = 1
      let resolved = m[.resolved].flatMap { $0 >= raised ? $0 : nil } ?? end
      sums.escalations.add(resolved - raised)
    }
    guard let asked = m[.asked] else { return }
    let over = min(end, m[.decidedLast] ?? end)
    var (tier, since) = (1, asked)
    for next in 2...CaseMeasures.tiers {
      guard let moment = CaseMeasures.Moment.tier(next), let time = m[moment], time >= since else { continue }
      sums[.tier(tier)] = max(0, min(time, over) - min(since, over))
      (tier, since) = (next, time)
    }
    sums[.tier(tier)] = max(0, over - min(since, over))
  }
}
