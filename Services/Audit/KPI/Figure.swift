import JSON
import Statistics
import Wire

/// One KPI of one group.
struct Figure {
  let name: String
  /// How many cases it is told from.
  let count: Int
  let estimate: Double?
  let low: Double?
  let high: Double?
  /// Why it is none; nil where it is one.
  let lacking: String?
  var more: [(String, JSON)] = []

  /// A share of cases that are all there: Wilson's interval.
  init(_ name: String, _ share: Proportion) {
    let interval = share.wilson()
    self.init(name, share.count, share.estimate, interval, lacking: Self.lack(share.count, interval))
    more = [("hits", .integer(Int64(share.hits)))]
  }

  /// A share estimated from labels.
  init(_ name: String, _ share: Weighted, labels: Int, errors: Int?) {
    var generator = SplitMix64(seed: Weighted.seed)
    let interval = share.interval(using: &generator)
    var lacking: String?
    if labels == 0 {
      lacking = "no case was adjudicated"
    } else if labels < Definitions.fewestLabels {
      lacking = "\(labels) cases were adjudicated; \(Definitions.fewestLabels) are needed"
    } else if let errors, errors < Definitions.fewestErrors {
      lacking = "adjudication found \(errors) errors; \(Definitions.fewestErrors) are needed"
    } else if share.count < Definitions.fewest {
      lacking = "it rests on \(share.count) cases; \(Definitions.fewest) are needed"
    }
    self.init(name, share.count, share.estimate, interval, lacking: lacking)
    more = [
      ("labels", .integer(Int64(labels))), ("stands_for", .number(share.total)), ("interval", "bootstrap"),
      ("resamples", .integer(Int64(Weighted.resamples))), ("seed", .integer(Int64(Weighted.seed))),
    ]
  }

  /// How often two agree.
  init(_ name: String, _ pairs: PairAgreement) {
    let interval = pairs.raw.wilson()
    self.init(name, pairs.count, pairs.raw.estimate, interval, lacking: Self.lack(pairs) ?? Self.lack(pairs.count, interval))
    more = [("hits", .integer(Int64(pairs.raw.hits)))]
  }

  /// How well two agree.
  init(_ name: String, _ pairs: PairAgreement, _ measure: PairAgreement.Measure, _ interval: Interval?) {
    let lacking = interval == nil ? "all pairs said the same: how far that is chance cannot be told" : nil
    self.init(name, pairs.count, pairs.value(measure), interval, lacking: Self.lack(pairs) ?? lacking)
    more = [
      ("unit", .string(measure == .kappa || measure == .ac1 ? "coefficient" : "share")), ("interval", "bootstrap"),
      ("resamples", .integer(Int64(Weighted.resamples))), ("seed", .integer(Int64(Weighted.seed))),
    ]
  }

  private static func lack(_ pairs: PairAgreement) -> String? {
    if pairs.count == 0 { return "no case was judged by two" }
    return pairs.count < Definitions.fewestPairs ? "\(pairs.count) cases were judged by two; \(Definitions.fewestPairs) are needed" : nil
  }

  /// A duration that a share `q` keeps, in seconds.
  init(_ name: String, _ survival: Survival, _ q: Double) {
    let n = survival.count
    let estimate = survival.quantile(q).map { $0 / 1e6 }
    self.init(
      name, n, estimate, nil,
      lacking: n == 0 ? "there is no case" : estimate == nil ? "too many cases are open to say" : nil,
      high: survival.upperBound(q).map { $0 / 1e6 })
    more = [("open", .integer(Int64(survival.open.count))), ("unit", "s")]
  }

  private init(_ name: String, _ count: Int, _ estimate: Double?, _ interval: Interval?, lacking: String?, high: Double? = nil) {
    self.name = name
    self.count = count
    self.estimate = estimate
    self.lacking = lacking
    low = interval?.low
    self.high = interval?.high ?? high
  }

  private static func lack(_ count: Int, _ interval: Interval?) -> String? {
    guard count >= Definitions.fewest else { return "it rests on \(count) cases; \(Definitions.fewest) are needed" }
    guard let interval, interval.width <= Definitions.widest else { return "the interval is wider than \(Int(Definitions.widest * 100)) points" }
    return nil
  }

  var json: JSON {
    var object = JSONObject([("kpi", .string(name)), ("n", .integer(Int64(count)))])
    object["status"] = .string(lacking == nil ? "ok" : Definitions.notEnough)
    object["why"] = lacking.map { .string($0) }
    // What does not tell enough is no figure; a reader may still want to see how little there is.
    object["estimate"] = estimate.map { .number($0) } ?? .null
    object["low"] = low.map { .number($0) } ?? .null
    object["high"] = high.map { .number($0) } ?? .null
    for (name, value) in more { object[name] = value }
    return .object(object)
  }
}
