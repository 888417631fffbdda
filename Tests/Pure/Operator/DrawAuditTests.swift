import Bundles
import Domain
import JSON
import Testing
import Wire

@testable import countersign

/// What `countersign verify-sample` finds out from the records alone.
@Suite struct DrawAuditTests {
  private let seed = [UInt8](repeating: 0xA7, count: 32)
  private let rate = 0.25

  private struct Line {
    var type: String
    var subject: String?
    var body: JSON
  }

  private func lines(cases: Int = 400) throws -> [Line] {
    func body(_ value: some Body) throws -> JSON {
      var writer = JSONWriter()
      value.write(&writer)
      return try JSON.parse(writer.finish())
    }
    let stratum = StratumRate(workflow: "w", stratum: "low/1", rate: rate, base: 0.08, expected: 8)
    var lines = [
      Line(
        type: EpochOpened.type,
        body: try body(
          EpochOpened(
            epoch: "2026-11-24", begins: Instant(microseconds: 0), ends: Instant(microseconds: 1),
            commitment: hex(sha256(seed)), lanes: 4, rates: [stratum])))
    ]
    var drawn: Int64 = 0
    for number in 0..<cases {
      let caseID = "case-\(number)"
      let draw = Sampling.draw(seed: seed, workflow: "w", stratum: "low/1", caseID: caseID, rate: rate, mode: .hold)
      if draw.drawn { drawn += 1 }
      let json: JSON = [
        "mode": "hold", "drawn": .bool(draw.drawn), "probability": .number(draw.probability), "stratum": "low/1",
        "workflow": "w", "epoch": "2026-11-24",
      ]
      lines.append(
        Line(
          type: CaseJudged.type, subject: caseID,
          body: try body(
            CaseJudged(id: "\(caseID)/1", route: draw.drawn ? "review" : "auto", risk: "low", confidence: 1, parts: [], matches: [], draw: json))))
    }
    lines.append(
      Line(
        type: EpochDisclosed.type,
        body: try body(
          EpochDisclosed(
            epoch: "2026-11-24", commitment: hex(sha256(seed)), seed: hex(seed), cases: Int64(cases), drawn: drawn))))
    return lines
  }

  private func audit(_ lines: [Line], numbers: [Int64]? = nil) throws -> DrawAudit {
    var audit = DrawAudit()
    for (index, line) in lines.enumerated() {
      try audit.take(
        partition: 2, number: numbers?[index] ?? Int64(index + 1), type: line.type, subject: line.subject, body: line.body)
    }
    audit.finish()
    return audit
  }

  private func changing(_ line: Line, _ name: String, _ value: JSON, below: String? = nil) throws -> Line {
    var line = line
    var body = try #require(line.body.object)
    if let below {
      var inner = try #require(body[below]?.object)
      inner[name] = value
      body[below] = .object(inner)
    } else {
      body[name] = value
    }
    line.body = .object(body)
    return line
  }

  @Test func anHonestEpochIsConfirmed() throws {
    let audit = try audit(lines())
    #expect(audit.faults.isEmpty && audit.checked.map(\.cases) == [400])
    #expect((60...140).contains(audit.checked[0].drawn))
  }

  @Test func recordsThatCameTwiceAreTheSameRecords() throws {
    let lines = try lines(cases: 3)
    let audit = try audit(lines + lines, numbers: [1, 2, 3, 4, 5, 1, 2, 3, 4, 5])
    #expect(audit.faults.isEmpty && audit.checked.count == 1)
  }

  @Test func anEpochThatIsNotOverIsNotConfirmed() throws {
    let audit = try audit(Array(lines().dropLast()))
    #expect(audit.faults.isEmpty && audit.checked.isEmpty && audit.unchecked.map(\.cases) == [400])
  }

  /// A sampling workflow's case that went alone past the draw, one that was drawn and went alone all the same, one that was drawn where
  /// fewer are drawn than of its risk, one of an epoch that nobody ever saw, and a seed that is kept back.
  @Test(arguments: ["no draw", "held", "risk", "unknown", "kept back"])
  func whatWentPastTheDrawIsFound(_ what: String) throws {
    var lines = try lines()
    var workflow: String?
    switch what {
    case "no draw":
      lines[1] = try changing(lines[1], "draw", ["mode": "none", "drawn": false, "probability": 0, "stratum": ""])
      lines[1] = try changing(lines[1], "route", "auto")
      lines[401] = try changing(lines[401], "cases", 399)
      workflow = "w"
    case "held":
      let held = try #require(lines.firstIndex { $0.body["draw"]?["drawn"] == true })
      lines[held] = try changing(lines[held], "route", "auto")
    case "risk": lines[1] = try changing(lines[1], "risk", "medium")
    case "unknown": lines[1] = try changing(lines[1], "epoch", "2026-11-23", below: "draw")
    default: lines.removeLast()
    }
    var audit = DrawAudit()
    for (index, line) in lines.enumerated() {
      try audit.take(partition: 2, number: Int64(index + 1), type: line.type, subject: line.subject, workflow: workflow, body: line.body)
    }
    audit.finish(now: Instant(microseconds: 2).adding(seconds: what == "kept back" ? 3_601 : 0))
    #expect(!audit.faults.isEmpty)
    if what == "no draw" { #expect(audit.faults.count == 1 && audit.faults[0].contains("without a draw")) }
  }

  @Test(arguments: ["seed", "commitment", "drawn", "probability", "missing", "left out", "late", "rate", "twice"])
  func everyForgeryIsFound(_ what: String) throws {
    var lines = try lines()
    var numbers: [Int64]?
    switch what {
    case "seed":
      var other = seed
      other[31] ^= 1
      lines[401] = try changing(lines[401], "seed", .string(hex(other)))
    case "commitment": lines[0] = try changing(lines[0], "commitment", .string(hex(sha256([1]))))
    case "drawn":
      let drawn = lines[1].body["draw"]?["drawn"]?.bool ?? false
      lines[1] = try changing(lines[1], "drawn", .bool(!drawn), below: "draw")
    case "probability": lines[1] = try changing(lines[1], "probability", 0.5, below: "draw")
    case "missing":
      numbers = Array(1...402)
      numbers?.remove(at: 7)
      lines.remove(at: 7)
    case "left out": lines.remove(at: 7)
    case "late": lines.append(lines[9])
    case "rate": lines[0] = try changing(lines[0], "rates", [])
    default: lines.insert(lines[5], at: 6)
    }
    #expect(try !audit(lines, numbers: numbers).faults.isEmpty)
  }
}
