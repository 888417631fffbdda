import Bundles
import Domain
import JSON
import Lanes
import Wire
import Workflows

/// The draw of one case, with what had to be said of its epoch first.
struct CaseDraw {
  var draw = Draw(mode: .none, drawn: false, probability: 0, stratum: "")
  var epoch: String?
  var workflow = ""
  var severity = LotSwitching.Severity.normal
  var notes: [EpochNote] = []

  var json: JSON {
    var object = JSONObject([
      ("mode", .string(draw.mode.rawValue)), ("drawn", .bool(draw.drawn)), ("probability", .number(draw.probability)),
      ("stratum", .string(draw.stratum)),
    ])
    if let epoch {
      object["epoch"] = .string(epoch)
      object["workflow"] = .string(workflow)
    }
    return .object(object)
  }

  /// For an index, and for the people who look: what was drawn, with its probability.
  var words: String { draw.drawn ? "\(draw.mode.rawValue) \(text(draw.probability))" : "none" }
}

extension PolicyStep {
  /// Puts a case that could go alone to the draw, at the rate that its lane's epoch published for its stratum. It opens an
  /// epoch where none is open, and publishes a rate where the stratum has none: both before the case.
  func draw(_ bundle: Bundles.Bundle, _ verdict: Verdict, modelVersion: String, in place: DrawPlace) -> CaseDraw {
    guard bundle.sampling.mode != .none else { return CaseDraw() }
    var drawn = CaseDraw(workflow: bundle.workflow)
    var lane = draws ?? LaneDraws()
    func say(_ note: EpochNote) {
      drawn.notes.append(note)
      lane = lane.after(note)
    }
    if let open = lane.open, now >= open.ends { say(.disclosed(disclosure(open, place.key))) }
    if lane.open == nil { say(.opened(opening(lane, place))) }
    guard let epoch = lane.open else { return drawn }
    var stratum = Sampling.stratum(risk: verdict.risk, modelVersion: modelVersion)
    if lane.index(bundle.workflow, stratum) == nil, epoch.strata.count >= Self.mostStrata {
      stratum = Sampling.stratum(risk: verdict.risk, modelVersion: "other")
    }
    if lane.index(bundle.workflow, stratum) == nil {
      let base = bundle.sampling.rate
      let lots = lane.lots.switching(bundle.workflow, stratum)
      say(
        .added(
          StratumAdded(
            epoch: epoch.name,
            rate: StratumRate(
              workflow: bundle.workflow, stratum: stratum, rate: lots.rate(base), base: base, expected: nil, lot: lots.published))))
    }
    let seed = decider.seeds.seed(of: epoch.name, place.key)
    // Under another key than the one that was committed to, nobody could check the draw: then all are looked at.
    let known = lane.index(bundle.workflow, stratum).flatMap { lane.open?.strata[$0] }
    let rate = seed.commitment == epoch.commitment ? known?.rate ?? 1 : 1
    drawn.severity = known?.severity ?? .normal
    // Where too many lots were rejected nothing goes alone, however the workflow samples otherwise.
    let mode = drawn.severity == .stopped ? .hold : bundle.sampling.mode
    drawn.epoch = epoch.name
    drawn.draw = Sampling.draw(
      seed: seed.bytes, workflow: bundle.workflow, stratum: stratum, caseID: key, rate: rate, mode: mode)
    return drawn
  }

  /// Model versions come from outside: an epoch has at most this many strata of its own, the rest share those of `other`.
  private static var mostStrata: Int { 200 }

  /// The epoch's time is over.
  func discloseEpoch() -> [PolicyOutput] {
    guard let open = draws?.open else { return [] }
    return [.emit(.epoch(key, .disclosed(disclosure(open, key))))]
  }

  private func disclosure(_ epoch: LaneDraws.Epoch, _ place: String) -> EpochDisclosed {
    let seed = decider.seeds.seed(of: epoch.name, place)
    return EpochDisclosed(
      epoch: epoch.name, commitment: epoch.commitment, seed: seed.commitment == epoch.commitment ? hex(seed.bytes) : nil,
      cases: epoch.strata.reduce(0) { $0 + $1.cases }, drawn: epoch.strata.reduce(0) { $0 + $1.drawn })
  }

  private func opening(_ lane: LaneDraws, _ place: DrawPlace) -> EpochOpened {
    let seeds = decider.seeds
    // A clock that was moved back finds no epoch whose seed is known already.
    let begins = max(seeds.begin(at: now), seeds.begin(at: lane.closedUntil))
    let name = seeds.name(begins)
    let rates = lane.past.compactMap { past -> StratumRate? in
      guard let bundle = policy(past.workflow)?.bundle, bundle.sampling.mode != .none else { return nil }
      let expected = Rates.expected(past, at: begins, epochSeconds: seeds.seconds)
      let normal = Rates.rate(base: bundle.sampling.rate, expected: expected, lanes: place.lanes, epochSeconds: seeds.seconds)
      let lots = lane.lots.switching(past.workflow, past.stratum)
      return StratumRate(
        workflow: past.workflow, stratum: past.stratum, rate: lots.rate(normal), base: bundle.sampling.rate, expected: expected,
        lot: lots.published)
    }
    return EpochOpened(
      epoch: name, begins: begins, ends: begins.adding(seconds: Double(seeds.seconds)),
      commitment: seeds.seed(of: name, place.key).commitment, lanes: Int64(place.lanes), rates: rates)
  }
}

/// How much of a stratum an epoch looks at (ruling 19).
enum Rates {
  /// Drawn cases of a stratum that 30 days should have at least, all lanes together.
  static let floor = 60.0

  /// The mean of the cases of the last seven epochs, counted from the first in which the stratum was met.
  static func expected(_ past: LaneDraws.Past, at begins: Instant, epochSeconds: Int64) -> Double {
    let length = Double(epochSeconds)
    let oldest = begins.adding(seconds: -length * Double(LaneDraws.remembered))
    let cases = past.counts.filter { $0.begins >= oldest }.reduce(0) { $0 + $1.cases }
    let epochs = (begins.seconds(since: max(past.since, oldest)) / length).rounded()
    return Double(cases) / max(1, epochs)
  }

  /// The base rate, or as much more as the floor needs at the expected volume, at most 1.
  static func rate(base: Double, expected: Double, lanes: Int32, epochSeconds: Int64) -> Double {
    let floor = floor / (30 * 86_400) * Double(epochSeconds) / Double(max(1, lanes))
    return min(1, max(base, expected > 0 ? floor / expected : 1))
  }
}
