import JSON
import Statistics
import Wire

/// The figures of one group of cases.
struct KPIReport {
  private(set) var sums = KPISums()
  /// Those of cases that were adjudicated, by how they came to be.
  private var labelled: [KPIGroup.Drawn: KPISums] = [:]
  /// Effects, and those with a report, whose window has closed; by its days.
  private var effects: [Int64: (all: Int64, defective: Int64)] = [:]
  private var openAges = Sketch()
  private var openEscalations = Sketch()

  /// Days; 0 takes all effects so far, whose windows are still open.
  static let windows: [Int64] = [0, 7, 30, 90]
  static func reported(_ window: Int64) -> String { window == 0 ? "reported_defect_rate" : "reported_defect_rate_\(window)" }

  /// - Parameter today: days since 1970.
  mutating func add(_ cell: KPICells.Cell, today: Int64) {
    sums.add(cell.sums)
    if let drawn = cell.group.drawn { labelled[drawn, default: KPISums()].add(cell.sums) }
    for window in Self.windows where cell.day + window <= today {
      let old = effects[window] ?? (0, 0)
      effects[window] = (old.all + cell.sums[.executed], old.defective + cell.sums[.defective])
    }
  }

  /// Cases that are open, by how long they, or their pages (`page`), have gone on.
  mutating func add(open kind: OpenMark.Kind, _ ages: Sketch) {
    if kind == .page { openEscalations.merge(ages) } else { openAges.merge(ages) }
  }

  var figures: [Figure] {
    let decided = sums.int(.decided)
    let latency = Survival(ended: sums.latencies, open: openAges)
    let escalation = Survival(ended: sums.escalations, open: openEscalations)
    // What is neither an effect nor a final decision: withdrawn, expired, failed.
    func ofDecided(_ name: String, _ count: KPISums.Count) -> Figure {
      var figure = Figure(name, Proportion(sums.int(count), of: decided))
      figure.more.append(("excluded", .integer(sums[.cases] - sums[.decided])))
      return figure
    }
    var verified = ofDecided("human_verification_rate", .verified)
    verified.more.append(("unseen", .integer(sums[.unseen])))
    var figures = [
      Figure("latency_p50", latency, 0.5), Figure("latency_p95", latency, 0.95), verified,
      ofDecided("post_action_audit_rate", .auditedAfter), ofDecided("override_rate", .overridden),
    ]
    figures += truths + agreements
    for window in Self.windows {
      let found = effects[window] ?? (0, 0)
      figures.append(
        Figure(Self.reported(window), Proportion(Int(clamping: found.defective), of: Int(clamping: found.all))))
    }
    figures += [Figure("escalation_p50", escalation, 0.5), Figure("escalation_p95", escalation, 0.95)]
    figures += [
      fields,
      Figure("audit_completeness_records", Proportion(sums.int(.recordsWhole), of: sums.int(.recordsDue))),
      Figure("audit_completeness_chain", Proportion(sums.int(.chainSeen), of: sums.int(.chainDue))),
    ]
    return figures
  }

  /// Empty fields and unexplained ones are told apart; the rest of what is missing is absent.
  private var fields: Figure {
    var figure = Figure("audit_completeness_fields", Proportion(sums.int(.fieldsPresent), of: sums.int(.fieldsRequired)))
    figure.more += [("empty", .integer(sums[.fieldsEmpty])), ("unexplained", .integer(sums[.fieldsUnexplained]))]
    return figure
  }

  /// The rates that need to know what was right.
  private var truths: [Figure] {
    var (system, review, coverage): ([Weighted.Group], [Weighted.Group], [Weighted.Group]) = ([], [], [])
    var (alarms, defects): ([Weighted.Group], [Weighted.Group]) = ([], [])
    var (labels, errors) = (0, 0)
    for (drawn, sums) in labelled {
      let (caught, missed, passed) = (sums.int(.caught), sums.int(.missed), sums.int(.passed))
      labels += sums.int(.cases)
      errors += caught + missed + passed
      // Of a held sample one is seen, and the others that it stands for are not. Of what is looked at afterwards none was.
      let (each, whole) = (1 / drawn.chosen, 1 / (drawn.chosen * drawn.looked))
      system += [
        .init(weight: whole, part: each, count: caught), .init(weight: whole, part: 0, count: missed), .init(weight: whole, part: 0, count: passed),
      ]
      coverage += [.init(weight: whole, part: each, count: caught + missed), .init(weight: whole, part: 0, count: passed)]
      review += [.init(weight: each, isHit: true, count: caught), .init(weight: each, isHit: false, count: missed)]
      alarms += [
        .init(weight: each, isHit: true, count: sums.int(.alarmed)), .init(weight: each, isHit: false, count: sums.int(.cleared)),
      ]
      defects += [
        .init(weight: whole, isHit: true, count: sums.int(.executedWrong)), .init(weight: whole, isHit: false, count: sums.int(.executedRight)),
      ]
    }
    return [
      Figure("error_catch_rate", Weighted(system), labels: labels, errors: errors),
      Figure("error_catch_rate_review", Weighted(review), labels: labels, errors: errors),
      Figure("error_coverage", Weighted(coverage), labels: labels, errors: errors),
      Figure("false_alarm_rate", Weighted(alarms), labels: labels, errors: nil),
      Figure("post_action_defect_rate", Weighted(defects), labels: labels, errors: nil),
    ]
  }

  /// Whether two who judge the same proposal blindly say the same. The pairs as they are: these tell of people, and stand for no cases.
  private var agreements: [Figure] {
    let pairs = PairAgreement(both: sums.int(.pairsWrong), differing: sums.int(.pairsDiffer), neither: sums.int(.pairsRight))
    var generator = SplitMix64(seed: Weighted.seed)
    let intervals = pairs.count < Definitions.fewestPairs ? [:] : pairs.intervals(using: &generator)
    return [Figure("agreement", pairs)] + PairAgreement.Measure.allCases.map { Figure("agreement_\($0.rawValue)", pairs, $0, intervals[$0]) }
  }

  /// Where the time of all ended cases went, in seconds; and which tier they waited at.
  var split: JSON {
    let parts: [(String, KPISums.Count)] = [
      ("machine", .machine), ("queue", .queue), ("handle", .handle), ("undo", .undo), ("effect", .effect),
    ]
    var object = JSONObject(parts.map { ($0.0, .number(Double(sums[$0.1]) / 1e6)) })
    object["total"] = .number(Double(sums[.latency]) / 1e6)
    object["tiers"] = .array((1...CaseMeasures.tiers).map { .number(Double(sums[.tier($0)]) / 1e6) })
    return .object(object)
  }

  var json: [(String, JSON)] {
    [
      ("ended", .integer(sums[.cases])), ("open", .integer(Int64(openAges.count))), ("escalated", .integer(sums[.escalated])),
      ("seconds", split), ("kpis", .array(figures.map(\.json))),
    ]
  }
}
