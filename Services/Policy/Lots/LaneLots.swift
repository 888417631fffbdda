import Bundles
import JSON
import Wire

/// The lots of a lane's strata: what people said of held samples since the lot before was closed, and what follows for the
/// rates of the next epoch. Each lane holds the same counts, as it does of stand-downs; a lot ends with the lane's epoch.
struct LaneLots: Equatable {
  struct Lot: Equatable {
    let workflow: String
    let stratum: String
    var switching = LotSwitching()
    var samples: Int64 = 0
    var wrong: Int64 = 0

    var isFresh: Bool { switching == LotSwitching() && samples == 0 }
  }

  private(set) var lots: [Lot] = []
  /// Model versions come from outside; beyond this many strata those of which nothing is known are forgotten.
  static let most = 400

  func switching(_ workflow: String, _ stratum: String) -> LotSwitching {
    index(workflow, stratum).map { lots[$0].switching } ?? LotSwitching()
  }

  var isEmpty: Bool { lots.isEmpty }

  private func index(_ workflow: String, _ stratum: String) -> Int? {
    lots.firstIndex { $0.workflow.sameCodePoints(as: workflow) && $0.stratum.sameCodePoints(as: stratum) }
  }

  mutating func take(_ judged: SampleJudged) {
    let place: Int
    if let index = index(judged.workflow, judged.stratum) {
      place = index
    } else {
      if lots.count >= Self.most { lots.removeAll { $0.switching.severity == .normal } }
      place = lots.count
      lots.append(Lot(workflow: judged.workflow, stratum: judged.stratum))
    }
    let step: Int64 = judged.undone ? -1 : 1
    // A decision that was taken back after its lot was closed does not reach into it.
    lots[place].samples = max(0, lots[place].samples + step)
    if !judged.conforms { lots[place].wrong = max(0, lots[place].wrong + step) }
  }

  mutating func take(_ resumed: LotsResumed) {
    guard let index = index(resumed.workflow, resumed.stratum) else { return }
    lots[index].switching.resume()
  }

  /// The epoch is over.
  mutating func close() {
    for index in lots.indices {
      lots[index].switching.close(samples: Int(lots[index].samples), wrong: Int(lots[index].wrong))
      (lots[index].samples, lots[index].wrong) = (0, 0)
    }
    lots.removeAll(where: \.isFresh)
  }

  var json: JSON {
    .array(
      lots.map { lot in
        [
          "workflow": .string(lot.workflow), "stratum": .string(lot.stratum), "samples": .integer(lot.samples),
          "wrong": .integer(lot.wrong), "lot": lot.switching.json,
        ]
      })
  }

  init() {}

  init(_ json: JSON?) throws(WireError) {
    for element in json?.array ?? [] {
      let fields = try Fields(element)
      lots.append(
        Lot(
          workflow: try fields.text("workflow"), stratum: try fields.text("stratum"),
          switching: LotSwitching(fields.optional("lot")), samples: try fields.integer("samples"),
          wrong: try fields.integer("wrong")))
    }
  }
}

extension LotSwitching {
  /// As it stands beside a published rate.
  var json: JSON {
    [
      "severity": .string(severity.rawValue), "recent": .array(recent.map { .bool($0) }), "rejected": .integer(Int64(rejected)),
    ]
  }

  /// Nil where nothing is known of any lot.
  var published: JSON? { self == LotSwitching() ? nil : json }

  /// What nobody wrote is normal.
  init(_ json: JSON?) {
    self.init(
      severity: json?["severity"]?.string.flatMap(Severity.init(rawValue:)) ?? .normal,
      recent: json?["recent"]?.array?.compactMap(\.bool) ?? [], rejected: Int(clamping: json?["rejected"]?.integer ?? 0))
  }
}
