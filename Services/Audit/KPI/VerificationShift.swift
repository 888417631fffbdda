import Statistics
import Storage

/// Whether people verify as much of a workflow as they used to: a fall means that more goes without them, a rise that they drown. Days of
/// the last four weeks: the first two are what is usual, the others are judged by it (p chart with three sigma for one day that stands out,
/// CUSUM for a drift that no single day shows).
struct VerificationShift: Equatable, Sendable {
  let workflow: String
  /// Why it has shifted; nil where it has not, or where that cannot be said.
  let because: String?

  static let usualDays: Int64 = 14
  static let judgedDays: Int64 = 14
  /// Under so many cases nothing is usual; under so many a day does not stand out; under so many it tells nothing of a drift.
  static let fewestUsual = 100
  static let fewestOfDay = 30
  static let fewestOfDrift = 10
  /// So many cases a day stands out at least: three sigma of what is rare are less than one.
  static let fewestMore = 3.0

  /// - Parameter days: decided cases, and those of them that people verified, by UTC day.
  init(_ workflow: String, _ days: [Int64: Proportion], today: Int64) {
    self.workflow = workflow
    var (hits, count) = (0, 0)
    for (day, share) in days where (today - Self.usualDays - Self.judgedDays + 1...today - Self.judgedDays).contains(day) {
      (hits, count) = (hits + share.hits, count + share.count)
    }
    guard count >= Self.fewestUsual else {
      because = nil
      return
    }
    // Where people have verified all, or nothing, so far one case more or less is no shift.
    let edge = 0.5 / Double(count)
    let usual = min(max(Double(hits) / Double(count), edge), 1 - edge)
    let judged = days.filter { today - Self.judgedDays < $0.key && $0.key <= today }.sorted { $0.key < $1.key }
    if let (day, share) = judged.last(where: { $0.value.count >= Self.fewestOfDay }), let rate = share.estimate,
      ControlLimits(centre: usual, count: share.count).isOutside(rate), abs(rate - usual) * Double(share.count) >= Self.fewestMore
    {
      because = "\(percent(rate)) of \(share.count) cases of \(KPIQuestion.date(day)) were verified by people; \(percent(usual)) are usual"
      return
    }
    var drift = Cusum(target: 0, slack: 0.5, limit: 5)
    var isDrifting = false
    for (_, share) in judged where share.count >= Self.fewestOfDrift {
      guard let rate = share.estimate else { continue }
      isDrifting = drift.add((rate - usual) / (usual * (1 - usual) / Double(share.count)).squareRoot())
    }
    because = isDrifting ? "for days people have verified \(drift.above > drift.below ? "more" : "less") than the \(percent(usual)) that are usual" : nil
  }

  static func read(_ promises: [Promise], now: Int64, _ transaction: any StoreTransaction) throws -> [VerificationShift] {
    let today = now / Contribution.dayLength
    var days: [String: [Int64: Proportion]] = [:]
    for cell in try KPICells.read(max(0, today - usualDays - judgedDays + 1)...max(0, today), transaction) where cell.group[.reason].isEmpty {
      let old = days[cell.group[.workflow]]?[cell.day] ?? Proportion(0, of: 0)
      days[cell.group[.workflow], default: [:]][cell.day] = Proportion(
        old.hits + cell.sums.int(.verified), of: old.count + cell.sums.int(.decided))
    }
    return promises.map { VerificationShift($0.workflow, days[$0.workflow] ?? [:], today: today) }
  }

  var trouble: (trouble: Trouble, stands: Bool, isOver: Bool) {
    (
      Trouble(key: "kpi/\(workflow)/verification", code: .verificationShifted, text: "\(workflow): \(because ?? "people verify as much as is usual")"),
      because != nil, because == nil
    )
  }
}
