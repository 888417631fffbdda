import Bundles
import JSON
import Testing
import Wire

@testable import countersign

/// What `countersign verify-sample` finds out of rates, lots and expected volumes from the records alone.
@Suite struct RateAuditTests {
  /// Records of one lane of one, in days of a stratum with 100 cases and one with 10; the shares are worked out by hand.
  private struct Lane {
    private(set) var records: [(type: String, body: JSON)] = []
    private var cases = 0

    private mutating func say(_ value: some Body) throws {
      var writer = JSONWriter()
      value.write(&writer)
      records.append((type(of: value).type, try JSON.parse(writer.finish())))
    }

    private static func begin(_ day: Int) -> Instant { Instant(microseconds: Int64(day) * 86_400_000_000) }

    mutating func open(_ day: Int, _ rates: [StratumRate] = []) throws {
      try say(EpochOpened(epoch: "day-\(day)", begins: Self.begin(day), ends: Self.begin(day + 1), commitment: "00", lanes: 1, rates: rates))
    }

    mutating func add(_ day: Int, _ rate: StratumRate) throws { try say(StratumAdded(epoch: "day-\(day)", rate: rate)) }

    mutating func judge(_ day: Int, _ stratum: String, _ count: Int) throws {
      for _ in 0..<count {
        cases += 1
        let draw: JSON = ["mode": "hold", "drawn": false, "probability": 0.08, "stratum": .string(stratum), "workflow": "w", "epoch": .string("day-\(day)")]
        try say(CaseJudged(id: "case-\(cases)/1", route: "auto", risk: "low", confidence: 1, parts: [], matches: [], draw: draw))
      }
    }

    mutating func sample(_ stratum: String, conforms: Bool, undone: Bool = false) throws {
      try say(SampleJudged(workflow: "w", stratum: stratum, caseID: "c", conforms: conforms, code: "", undone: undone, at: Self.begin(0)))
    }

    mutating func disclose(_ day: Int) throws { try say(EpochDisclosed(epoch: "day-\(day)", commitment: "00", seed: nil, cases: 0, drawn: 0)) }
  }

  private static let tightened: JSON = ["severity": "tightened", "recent": [], "rejected": 0]
  private static let oneRejected: JSON = ["severity": "normal", "recent": [false], "rejected": 0]

  private func rate(_ stratum: String, _ rate: Double, _ expected: Double?, _ lot: JSON? = nil) -> StratumRate {
    StratumRate(workflow: "w", stratum: stratum, rate: rate, base: 0.08, expected: expected, lot: lot)
  }

  /// Two days on which a held sample of the large stratum was wrong; the third draws twice as many of it. Of the small one two a day
  /// are looked at: 60 in 30 days.
  private func lane(third: [StratumRate]? = nil, withoutDisclosure: Bool = false, undone: Bool = false) throws -> Lane {
    var lane = Lane()
    try lane.open(0)
    try lane.add(0, rate("low/1", 0.08, nil))
    try lane.judge(0, "low/1", 100)
    try lane.add(0, rate("low/2", 0.08, nil))
    try lane.judge(0, "low/2", 10)
    try lane.sample("low/1", conforms: false)
    try lane.sample("low/1", conforms: true)
    if !withoutDisclosure { try lane.disclose(0) }
    try lane.open(1, [rate("low/1", 0.08, 100, Self.oneRejected), rate("low/2", 0.2, 10)])
    try lane.judge(1, "low/1", 300)
    try lane.sample("low/1", conforms: false)
    if undone { try lane.sample("low/1", conforms: false, undone: true) }
    try lane.disclose(1)
    try lane.open(2, third ?? [rate("low/1", 0.16, 200, Self.tightened), rate("low/2", 0.4, 5)])
    return lane
  }

  private func audit(_ lane: Lane, from first: Int64 = 1, without index: Int? = nil) throws -> RateAudit {
    var audit = RateAudit()
    for (place, record) in lane.records.enumerated() where place != index {
      try audit.take(partition: 0, number: first + Int64(place), type: record.type, body: record.body)
    }
    return audit
  }

  @Test func honestRatesAreConfirmed() throws {
    let audit = try audit(lane())
    #expect(audit.faults.isEmpty && audit.checked == 6 && audit.unchecked == 0, "\(audit.faults)")
  }

  @Test func aDecisionThatWasTakenBackCountsInNoLot() throws {
    #expect(try audit(lane(undone: true)).faults.count == 2, "neither the state of the lots nor the doubled rate follows any more")
    let honest = [rate("low/1", 0.08, 200, Self.oneRejected), rate("low/2", 0.4, 5)]
    #expect(try audit(lane(third: honest, undone: true)).faults.isEmpty)
  }

  @Test func ratesWhoseBeginningIsGoneAreNotChecked() throws {
    let audit = try audit(lane(), from: 7)
    #expect(audit.faults.isEmpty && audit.checked == 0 && audit.unchecked == 6)
  }

  @Test(arguments: ["volume", "lots", "rate", "left out", "undisclosed", "sample"])
  func everyForgeryIsFound(_ what: String) throws {
    let lane =
      switch what {
      case "volume": try lane(third: [rate("low/1", 0.16, 200, Self.tightened), rate("low/2", 0.08, 100)])
      case "lots": try lane(third: [rate("low/1", 0.08, 200), rate("low/2", 0.4, 5)])
      case "rate": try lane(third: [rate("low/1", 0.08, 200, Self.tightened), rate("low/2", 0.4, 5)])
      case "left out": try lane(third: [rate("low/1", 0.16, 200, Self.tightened)])
      case "undisclosed": try lane(withoutDisclosure: true)
      default: try lane()
      }
    // Of the samples the first one that was wrong.
    let gone = what == "sample" ? lane.records.firstIndex { $0.type == SampleJudged.type } : nil
    #expect(try !audit(lane, without: gone).faults.isEmpty)
  }
}
