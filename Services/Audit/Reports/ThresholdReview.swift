import Bundles
import JSON
import Statistics

/// What a quarter says of a workflow's thresholds. People decide; this says where to look.
enum ThresholdReview {
  /// Under this share of overridden proposals, where nearly everything is looked at, people confirm what they are shown.
  static let seldom = 0.02
  static let nearlyAll = 0.5

  /// Shares of both quarters, their difference and its interval (Newcombe). Only a difference whose interval leaves out zero is one.
  static func compare(_ now: KPIReport, _ before: KPIReport) -> [JSON] {
    func shares(_ report: KPIReport) -> [(String, Proportion)] {
      let sums = report.sums
      return [
        ("human_verification_rate", Proportion(sums.int(.verified), of: sums.int(.decided))),
        ("override_rate", Proportion(sums.int(.overridden), of: sums.int(.decided))),
        ("audit_completeness_fields", Proportion(sums.int(.fieldsPresent), of: sums.int(.fieldsRequired))),
        ("reported_defects", Proportion(sums.int(.defective), of: sums.int(.executed))),
      ]
    }
    return zip(shares(now), shares(before)).map { a, b in
      let difference = Proportion.difference(a.1, b.1)
      let isEnough = a.1.count >= Definitions.fewest && b.1.count >= Definitions.fewest
      return [
        "kpi": .string(a.0), "now": a.1.estimate.map { .number($0) } ?? .null, "n": .integer(Int64(a.1.count)),
        "before": b.1.estimate.map { .number($0) } ?? .null, "n_before": .integer(Int64(b.1.count)),
        "difference": difference.map { .number($0.estimate) } ?? .null, "low": difference.map { .number($0.1.low) } ?? .null,
        "high": difference.map { .number($0.1.high) } ?? .null,
        "verdict": .string(!isEnough ? Definitions.notEnough : difference.map { $0.1.contains(0) } ?? true ? "no difference shown" : "different"),
      ]
    }
  }

  /// `too loose`, `perhaps too tight`, `keep` or `not enough data`, and why.
  static func verdict(_ figures: [Figure], _ promise: Promise) -> (String, String) {
    func figure(_ name: String) -> Figure? { figures.first { $0.name == name && $0.lacking == nil } }
    if let defects = figure("post_action_defect_rate"), let ceiling = promise.objectives.postActionDefectRate, let low = defects.low, low > ceiling {
      return ("too loose", "at least \(percent(low)) of the effects were wrong, \(percent(ceiling)) may be")
    }
    if let caught = figure("error_catch_rate"), let floor = promise.objectives.errorCatchRate, let high = caught.high, high < floor {
      return ("too loose", "at most \(percent(high)) of the errors were caught, \(percent(floor)) are promised")
    }
    if let overridden = figure("override_rate"), let seen = figure("human_verification_rate"), let high = overridden.high, high < Self.seldom,
      let low = seen.low, low > Self.nearlyAll
    {
      return ("perhaps too tight", "people look at \(percent(seen.estimate)) of the cases and change at most \(percent(high)) of them")
    }
    guard figure("override_rate") != nil else { return (Definitions.notEnough, "too few cases were decided") }
    return ("keep", "nothing speaks for another threshold")
  }
}
