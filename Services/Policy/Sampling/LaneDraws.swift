import Bundles
import JSON
import Lanes
import Wire

/// What one lane knows of its draws: the epoch that is open, and how many cases each stratum had in those before it.
struct LaneDraws {
  /// A stratum of the open epoch.
  struct Stratum: Equatable {
    let workflow: String
    let stratum: String
    let rate: Double
    /// As it was published with the rate.
    let severity: LotSwitching.Severity
    var cases: Int64 = 0
    var drawn: Int64 = 0
  }

  struct Epoch: Equatable {
    let name: String
    let begins: Instant
    let ends: Instant
    let commitment: String
    var strata: [Stratum]
  }

  /// A stratum's cases in the epochs that are over.
  struct Past: Equatable {
    let workflow: String
    let stratum: String
    /// The first epoch that it was met in.
    let since: Instant
    var counts: [Count]
  }

  struct Count: Equatable {
    let begins: Instant
    let cases: Int64
  }

  var open: Epoch?
  /// No epoch that begins before this is opened again: its seed may be known.
  var closedUntil = Instant(microseconds: 0)
  var past: [Past] = []
  var lots = LaneLots()

  func index(_ workflow: String, _ stratum: String) -> Int? {
    open?.strata.firstIndex { $0.workflow.sameCodePoints(as: workflow) && $0.stratum.sameCodePoints(as: stratum) }
  }

  /// The state after a record of the lane.
  func after(_ note: EpochNote) -> LaneDraws {
    var state = self
    switch note {
    case .opened(let opened):
      state.open = Epoch(
        name: opened.epoch, begins: opened.begins, ends: opened.ends, commitment: opened.commitment,
        strata: opened.rates.map(Stratum.init))
    case .added(let added):
      state.open?.strata.append(Stratum(added.rate))
    case .disclosed: state.close()
    }
    return state
  }

  /// A person's word on a sample, and on a stratum that was stopped; both count from the next epoch on.
  func after(_ judged: SampleJudged) -> LaneDraws {
    var state = self
    state.lots.take(judged)
    return state
  }

  func after(_ resumed: LotsResumed) -> LaneDraws {
    var state = self
    state.lots.take(resumed)
    return state
  }

  /// A case was put to the draw.
  func after(_ judged: CaseJudged) -> LaneDraws {
    guard let epoch = judged.draw["epoch"]?.string, epoch == open?.name, let workflow = judged.draw["workflow"]?.string,
      let stratum = judged.draw["stratum"]?.string, let index = index(workflow, stratum)
    else { return self }
    var state = self
    state.open?.strata[index].cases += 1
    if judged.draw["drawn"]?.bool ?? false { state.open?.strata[index].drawn += 1 }
    return state
  }

  /// The last seven epochs are kept: expected volumes rest on them.
  static let remembered = 7

  private mutating func close() {
    guard let epoch = open else { return }
    open = nil
    lots.close()
    closedUntil = max(closedUntil, epoch.ends)
    let oldest = epoch.ends.adding(seconds: -epoch.ends.seconds(since: epoch.begins) * Double(Self.remembered))
    for stratum in epoch.strata where stratum.cases > 0 {
      let count = Count(begins: epoch.begins, cases: stratum.cases)
      let known = past.firstIndex {
        $0.workflow.sameCodePoints(as: stratum.workflow) && $0.stratum.sameCodePoints(as: stratum.stratum)
      }
      if let index = known {
        past[index].counts.append(count)
      } else {
        past.append(Past(workflow: stratum.workflow, stratum: stratum.stratum, since: epoch.begins, counts: [count]))
      }
    }
    for index in past.indices { past[index].counts.removeAll { $0.begins < oldest } }
    past.removeAll { $0.counts.isEmpty }
  }

  /// The epoch is disclosed at its end, whether anything happens or not.
  var timers: [LaneTimer] { open.map { [LaneTimer("epoch", due: $0.ends)] } ?? [] }
}

extension LaneDraws {
  func write(_ writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("draws")
      writer.object { writer in
        if let open {
          writer.key("open")
          writer.object { writer in
            writer.member("epoch", open.name)
            writer.member("begins", open.begins)
            writer.member("ends", open.ends)
            writer.member("commitment", open.commitment)
            writer.key("strata")
            writer.array { writer in for stratum in open.strata { Self.write(stratum, &writer) } }
          }
        }
        writer.member("closed_until", closedUntil)
        if !lots.isEmpty { writer.member("lots", lots.json) }
        writer.key("past")
        writer.array { writer in for stratum in past { Self.write(stratum, &writer) } }
      }
    }
  }

  private static func write(_ stratum: Stratum, _ writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("workflow", stratum.workflow)
      writer.member("stratum", stratum.stratum)
      writer.member("rate", stratum.rate)
      if stratum.severity != .normal { writer.member("severity", stratum.severity.rawValue) }
      writer.member("cases", stratum.cases)
      writer.member("drawn", stratum.drawn)
    }
  }

  private static func write(_ past: Past, _ writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("workflow", past.workflow)
      writer.member("stratum", past.stratum)
      writer.member("since", past.since)
      writer.key("counts")
      writer.array { writer in
        for count in past.counts {
          writer.object { writer in
            writer.member("begins", count.begins)
            writer.member("cases", count.cases)
          }
        }
      }
    }
  }

  init(_ json: JSON) throws(WireError) {
    let fields = try Fields(json)
    if let open = fields.optional("open") {
      let each = try Fields(open)
      var strata: [Stratum] = []
      for stratum in each.optional("strata")?.array ?? [] {
        let stratum = try Fields(stratum)
        strata.append(
          Stratum(
            workflow: try stratum.text("workflow"), stratum: try stratum.text("stratum"), rate: try stratum.number("rate"),
            severity: stratum.optionalText("severity").flatMap(LotSwitching.Severity.init(rawValue:)) ?? .normal,
            cases: try stratum.integer("cases"), drawn: try stratum.integer("drawn")))
      }
      self.open = Epoch(
        name: try each.text("epoch"), begins: try each.instant("begins"), ends: try each.instant("ends"),
        commitment: try each.text("commitment"), strata: strata)
    }
    closedUntil = try fields.instant("closed_until")
    lots = try LaneLots(fields.optional("lots"))
    for each in fields.optional("past")?.array ?? [] {
      let stratum = try Fields(each)
      var counts: [Count] = []
      for count in stratum.optional("counts")?.array ?? [] {
        let count = try Fields(count)
        counts.append(Count(begins: try count.instant("begins"), cases: try count.integer("cases")))
      }
      past.append(
        Past(
          workflow: try stratum.text("workflow"), stratum: try stratum.text("stratum"), since: try stratum.instant("since"),
          counts: counts))
    }
  }
}

extension LaneDraws.Stratum {
  init(_ rate: StratumRate) {
    self.init(
      workflow: rate.workflow, stratum: rate.stratum, rate: rate.rate, severity: LotSwitching(rate.lot).severity)
  }
}
