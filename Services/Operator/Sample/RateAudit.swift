import Bundles
import JSON
import Wire

/// Recomputes the rates of epochs from the records of `verdicts`, with nothing else: how many cases a stratum had, what people said of
/// its held samples, and what follows for how closely it is looked at (ruling 19, A3, A4).
///
/// A partition whose first records are gone is not checked: what its rates rest on began before. Records of a partition come in their
/// order; any may come twice.
struct RateAudit {
  private struct Name: Hashable {
    let workflow: String
    let stratum: String
  }

  /// A stratum's cases in the epochs that are over.
  private struct Past {
    let since: Instant
    var counts: [(begins: Instant, cases: Int64)]
  }

  private struct Lane {
    var last: Int64
    /// Whether its very first record is here.
    let isWhole: Bool
    var epoch: EpochOpened?
    var cases: [Name: Int64] = [:]
    var past: [Name: Past] = [:]
    var lots: [Name: LotSwitching] = [:]
    var said: [Name: (samples: Int64, wrong: Int64)] = [:]
  }

  /// Published rates that were computed anew.
  private(set) var checked = 0
  /// Published rates of partitions whose beginning is gone.
  private(set) var unchecked = 0
  private(set) var faults: [String] = []
  private var lanes: [Int64: Lane] = [:]

  /// Epochs on which expected volumes rest, and drawn cases of a stratum that 30 days should have at least.
  private static let remembered = 7.0, floor = 60.0

  /// - Parameter number: the record's `ce_sequence`.
  mutating func take(partition: Int64, number: Int64, type: String, body: JSON) throws {
    var lane = lanes.removeValue(forKey: partition) ?? Lane(last: 0, isWhole: number == 1)
    defer { lanes[partition] = lane }
    guard number > lane.last else { return }
    lane.last = number
    switch type {
    case SampleJudged.type:
      let judged = try SampleJudged(Fields(body)), name = Name(workflow: judged.workflow, stratum: judged.stratum)
      let step: Int64 = judged.undone ? -1 : 1
      var said = lane.said[name] ?? (0, 0)
      said.samples = max(0, said.samples + step)
      if !judged.conforms { said.wrong = max(0, said.wrong + step) }
      lane.said[name] = said
    case LotsResumed.type:
      let resumed = try LotsResumed(Fields(body))
      lane.lots[Name(workflow: resumed.workflow, stratum: resumed.stratum)]?.resume()
    case CaseJudged.type:
      let draw = try CaseJudged(Fields(body)).draw
      guard let epoch = lane.epoch, draw["epoch"]?.string == epoch.epoch, let workflow = draw["workflow"]?.string,
        let stratum = draw["stratum"]?.string
      else { return }
      lane.cases[Name(workflow: workflow, stratum: stratum), default: 0] += 1
    case EpochDisclosed.type: close(&lane)
    case EpochOpened.type:
      let opened = try EpochOpened(Fields(body))
      if let before = lane.epoch { faults.append("partition \(partition): epoch \(opened.epoch) began, and \(before.epoch) was never disclosed") }
      lane.epoch = opened
      lane.cases = [:]
      for rate in opened.rates { check(rate, opened.epoch, partition, lane, expected: expected(rate, lane)) }
      checkComplete(opened, partition, lane)
    case StratumAdded.type:
      let added = try StratumAdded(Fields(body))
      check(added.rate, added.epoch, partition, lane, expected: nil)
    default: break
    }
  }

  private func close(_ lane: inout Lane) {
    for (name, said) in lane.said {
      lane.lots[name, default: LotSwitching()].close(samples: Int(said.samples), wrong: Int(said.wrong))
    }
    lane.said = [:]
    guard let epoch = lane.epoch else { return }
    let length = epoch.ends.seconds(since: epoch.begins), oldest = epoch.ends.adding(seconds: -length * Self.remembered)
    for (name, cases) in lane.cases {
      lane.past[name, default: Past(since: epoch.begins, counts: [])].counts.append((epoch.begins, cases))
    }
    for name in lane.past.keys { lane.past[name]?.counts.removeAll { $0.begins < oldest } }
    lane.past = lane.past.filter { !$0.value.counts.isEmpty }
    (lane.epoch, lane.cases) = (nil, [:])
  }

  /// The mean of the last seven epochs, counted from the first in which the stratum was met.
  private func expected(_ rate: StratumRate, _ lane: Lane) -> Double? {
    guard let epoch = lane.epoch, let past = lane.past[Name(workflow: rate.workflow, stratum: rate.stratum)] else { return nil }
    let length = epoch.ends.seconds(since: epoch.begins), oldest = epoch.begins.adding(seconds: -length * Self.remembered)
    let cases = past.counts.filter { $0.begins >= oldest }.reduce(0) { $0 + $1.cases }
    return Double(cases) / max(1, (epoch.begins.seconds(since: max(past.since, oldest)) / length).rounded())
  }

  private mutating func check(_ rate: StratumRate, _ epoch: String, _ partition: Int64, _ lane: Lane, expected: Double?) {
    guard lane.isWhole, let opened = lane.epoch else { return unchecked += 1 }
    checked += 1
    let place = "partition \(partition), epoch \(epoch), \(rate.workflow) \(rate.stratum)"
    if rate.expected != expected {
      faults.append("\(place): \(told(rate.expected)) cases were expected, the epochs before give \(told(expected))")
    }
    let lots = lane.lots[Name(workflow: rate.workflow, stratum: rate.stratum)] ?? LotSwitching(), said = Self.lots(rate.lot)
    if said != lots {
      faults.append("\(place): its lots are told as \(said.severity.rawValue), what people said of its samples gives \(lots.severity.rawValue)")
    }
    var normal = rate.base
    if let expected {
      let floor = Self.floor / (30 * 86_400) * opened.ends.seconds(since: opened.begins) / Double(max(1, opened.lanes))
      normal = min(1, max(rate.base, expected > 0 ? floor / expected : 1))
    }
    if rate.rate != lots.rate(normal) {
      faults.append("\(place): its rate is \(rate.rate), \(lots.rate(normal)) was expected")
    }
  }

  /// A workflow that still draws, draws in all its strata.
  private mutating func checkComplete(_ opened: EpochOpened, _ partition: Int64, _ lane: Lane) {
    guard lane.isWhole else { return }
    let drawing = Set(opened.rates.map(\.workflow)), told = Set(opened.rates.map { Name(workflow: $0.workflow, stratum: $0.stratum) })
    for name in lane.past.keys where drawing.contains(name.workflow) && !told.contains(name) {
      faults.append("partition \(partition), epoch \(opened.epoch): no rate was published for \(name.workflow) \(name.stratum), which had cases before")
    }
  }

  private func told(_ number: Double?) -> String { number.map { "\($0)" } ?? "no" }

  private static func lots(_ json: JSON?) -> LotSwitching {
    LotSwitching(
      severity: json?["severity"]?.string.flatMap(LotSwitching.Severity.init(rawValue:)) ?? .normal,
      recent: json?["recent"]?.array?.compactMap(\.bool) ?? [], rejected: Int(clamping: json?["rejected"]?.integer ?? 0))
  }
}
