import Bundles
import Domain
import JSON
import Wire

/// Recomputes the draws of epochs from the records of `verdicts`, with nothing else.
///
/// Records of a partition come in their order; those of several may be mixed, and any may come twice.
struct DrawAudit {
  struct Epoch: Equatable {
    var partition: Int64
    var epoch: String
    var cases: Int64
    var drawn: Int64
    /// Of one that is not disclosed: when it ends.
    var ends: Instant?
  }

  private struct Open {
    let opened: EpochOpened
    var rates: [String: Double]
    var draws: [String: Draw] = [:]
    var order: [String] = []
  }

  private struct Draw: Equatable {
    let workflow: String
    let stratum: String
    let probability: Double
    let drawn: Bool
    let mode: DrawMode
  }

  private struct Place: Hashable {
    let partition: Int64
    let epoch: String
  }

  /// Epochs whose every draw was computed anew.
  private(set) var checked: [Epoch] = []
  /// Epochs that are not over yet, or whose beginning is not among the records.
  private(set) var unchecked: [Epoch] = []
  private(set) var faults: [String] = []
  private var open: [Place: Open] = [:]
  private var over: Set<Place> = []
  private var numbers: [Int64: Int64] = [:]
  /// Partitions whose very first record is here: of them no epoch began before.
  private var whole: Set<Int64> = []

  /// - Parameters:
  ///   - number: the record's `ce_sequence`.
  ///   - subject: its `ce_subject`, for a case.
  ///   - workflow: its `cs_workflow`.
  mutating func take(partition: Int64, number: Int64, type: String, subject: String?, workflow: String? = nil, body: JSON) throws {
    if numbers[partition] == nil, number == 1 { whole.insert(partition) }
    if let last = numbers[partition] {
      guard number > last else { return }
      if number > last + 1 { faults.append("partition \(partition): the records \(last + 1) to \(number - 1) are missing") }
    }
    numbers[partition] = number
    switch type {
    case EpochOpened.type: try begin(EpochOpened(Fields(body)), partition)
    case StratumAdded.type:
      let added = try StratumAdded(Fields(body))
      let place = Place(partition: partition, epoch: added.epoch)
      guard open[place] != nil else { return }
      let name = key(added.rate.workflow, added.rate.stratum)
      if open[place]?.rates[name] != nil { faults.append("partition \(partition), \(added.epoch): a rate was published twice for \(name)") }
      open[place]?.rates[name] = added.rate.rate
    case CaseJudged.type: try judge(CaseJudged(Fields(body)), subject ?? "", workflow, partition)
    case EpochDisclosed.type: try disclose(EpochDisclosed(Fields(body)), partition)
    default: break
    }
  }

  private func key(_ workflow: String, _ stratum: String) -> String { "\(workflow) \(stratum)" }

  private mutating func begin(_ opened: EpochOpened, _ partition: Int64) {
    let place = Place(partition: partition, epoch: opened.epoch)
    guard open[place] == nil, !over.contains(place) else {
      faults.append("partition \(partition): epoch \(opened.epoch) was opened twice")
      return
    }
    open[place] = Open(
      opened: opened,
      rates: Dictionary(opened.rates.map { (key($0.workflow, $0.stratum), $0.rate) }) { first, _ in first })
  }

  private mutating func judge(_ judged: CaseJudged, _ caseID: String, _ workflow: String?, _ partition: Int64) {
    guard let epoch = judged.draw["epoch"]?.string else {
      // Its workflow draws, and it was not put to the draw.
      let draws = open.contains { place, epoch in
        place.partition == partition && epoch.rates.keys.contains { $0.hasPrefix("\(workflow ?? "") ") }
      }
      if judged.route == "auto", workflow != nil, draws { faults.append("\(caseID) went alone without a draw, though \(workflow ?? "") draws") }
      return
    }
    let place = Place(partition: partition, epoch: epoch)
    guard !over.contains(place) else {
      faults.append("\(caseID) was drawn by epoch \(epoch) after its seed was disclosed")
      return
    }
    guard let opened = open[place] else {
      // Else its beginning is not among the records.
      if whole.contains(partition) { faults.append("\(caseID) was drawn by epoch \(epoch), which never began") }
      return
    }
    guard let draw = read(judged.draw) else {
      faults.append("\(caseID): its draw cannot be read")
      return
    }
    if draw.drawn, draw.mode == .hold, judged.route == "auto" { faults.append("\(caseID) was drawn to be held, and went alone") }
    if !draw.stratum.hasPrefix("\(judged.risk)/") { faults.append("\(caseID): its risk is \(judged.risk), it was drawn in \(draw.stratum)") }
    guard opened.rates[key(draw.workflow, draw.stratum)] != nil else {
      faults.append("\(caseID): no rate was published for \(draw.stratum) before it")
      return
    }
    if opened.draws[caseID] != nil { faults.append("\(caseID) was put to the draw twice") }
    open[place]?.draws[caseID] = draw
    open[place]?.order.append(caseID)
  }

  private func read(_ json: JSON) -> Draw? {
    guard let workflow = json["workflow"]?.string, let stratum = json["stratum"]?.string,
      let probability = json["probability"]?.double, let drawn = json["drawn"]?.bool,
      let mode = json["mode"]?.string.flatMap(DrawMode.init(rawValue:))
    else { return nil }
    return Draw(workflow: workflow, stratum: stratum, probability: probability, drawn: drawn, mode: mode)
  }

  private mutating func disclose(_ disclosed: EpochDisclosed, _ partition: Int64) {
    let place = Place(partition: partition, epoch: disclosed.epoch)
    guard let epoch = open.removeValue(forKey: place) else {
      unchecked.append(Epoch(partition: partition, epoch: disclosed.epoch, cases: disclosed.cases, drawn: disclosed.drawn))
      return
    }
    over.insert(place)
    let name = "partition \(partition), epoch \(disclosed.epoch)"
    guard let seed = disclosed.seed.flatMap(bytes(hex:)) else {
      faults.append("\(name): its seed was not disclosed; policy lost the key that it had committed to")
      return
    }
    if hex(sha256(seed)) != epoch.opened.commitment { faults.append("\(name): the seed is not the one that was committed to") }
    if Int64(epoch.draws.count) != disclosed.cases {
      faults.append("\(name): \(disclosed.cases) cases were put to the draw, \(epoch.draws.count) are among the records")
    }
    var drawn: Int64 = 0
    for caseID in epoch.order {
      guard let said = epoch.draws[caseID], let rate = epoch.rates[key(said.workflow, said.stratum)] else { continue }
      let found = Sampling.draw(
        seed: seed, workflow: said.workflow, stratum: said.stratum, caseID: caseID, rate: rate, mode: said.mode)
      if said.drawn { drawn += 1 }
      if found.drawn != said.drawn || found.probability != said.probability {
        faults.append(
          "\(caseID): \(said.drawn ? "drawn" : "not drawn") at \(said.probability), but its epoch gives "
            + "\(found.drawn ? "drawn" : "not drawn") at \(found.probability)")
      }
    }
    checked.append(Epoch(partition: partition, epoch: disclosed.epoch, cases: Int64(epoch.draws.count), drawn: drawn))
  }

  /// What is not over when the records end.
  ///
  /// - Parameter now: to find seeds that are owed; nil where nobody knows when the records end.
  mutating func finish(now: Instant? = nil) {
    for (place, epoch) in open.sorted(by: { ($0.key.epoch, $0.key.partition) < ($1.key.epoch, $1.key.partition) }) {
      unchecked.append(
        Epoch(
          partition: place.partition, epoch: place.epoch, cases: Int64(epoch.draws.count),
          drawn: Int64(epoch.draws.values.count { $0.drawn }), ends: epoch.opened.ends))
      if let now, now.seconds(since: epoch.opened.ends) > Self.graceSeconds {
        faults.append("partition \(place.partition), epoch \(place.epoch): it was over at \(epoch.opened.ends), and its seed is not disclosed: policy stands still, or keeps it back")
      }
    }
    open.removeAll()
  }

  /// An epoch that is over is disclosed at once, unless policy does not run.
  private static let graceSeconds: Double = 3_600

  private func bytes(hex text: String) -> [UInt8]? {
    let digits = Array(text.utf8)
    guard digits.count == 64 else { return nil }
    var bytes: [UInt8] = []
    for index in stride(from: 0, to: digits.count, by: 2) {
      guard let byte = UInt8(String(decoding: digits[index...(index + 1)], as: UTF8.self), radix: 16) else { return nil }
      bytes.append(byte)
    }
    return bytes
  }
}
