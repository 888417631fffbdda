import Foundation
import JSON
import Lanes
import Permits
import Storage
import Testing
import Wire

@testable import countersign_policy

/// What an auditor relies on: each draw can be computed anew from what policy published, and none can be repeated.
@Suite struct DrawTests {
  @Test func anybodyComputesTenThousandDrawsAnew() throws {
    var lane = try DrawnLane(mode: "hold", epochSeconds: 3_600)
    for number in 0..<10_000 {
      try lane.judge("case-\(number)")
      lane.pass(0.5)
    }
    lane.pass(3_600)
    try lane.fireTimers()
    #expect(lane.judged.count == 10_000)
    #expect((700...900).contains(lane.reviews.count), "\(lane.reviews.count) were held")
    #expect(Set(lane.judged.filter { $0.draw["drawn"]?.bool ?? false }.map(\.id)) == Set(lane.reviews.map { "\($0)/1" }))
    #expect(lane.lines.filter { $0["headers"]?["ce_type"]?.string == EpochOpened.type }.count == 2)
    let (status, said) = try recompute(lane.lines)
    #expect(status == 0 && said.hasPrefix("10000 draws recomputed, 0 faults"), "\(said)")
    let flipped = lane.lines.map { line -> JSON in
      guard var seed = line["body"]?["seed"]?.string.map({ Array($0.utf8) }), var body = line["body"]?.object,
        var record = line.object
      else { return line }
      seed[0] = seed[0] == UInt8(ascii: "0") ? UInt8(ascii: "1") : UInt8(ascii: "0")
      body["seed"] = .string(String(decoding: seed, as: UTF8.self))
      record["body"] = .object(body)
      return .object(record)
    }
    #expect(try recompute(flipped).status == 1)
    // One case less, and one that says something else than its draw.
    let place = try #require(lane.lines.lastIndex { $0["headers"]?["ce_type"]?.string == CaseJudged.type })
    var less = lane.lines
    less.remove(at: place)
    #expect(try recompute(less).status == 1)
  }

  @Test func theCommitmentStandsBeforeTheFirstCaseAndTheSeedNowhereBeforeTheEnd() throws {
    var lane = try DrawnLane(mode: "hold", epochSeconds: 3_600)
    for number in 0..<50 { try lane.judge("case-\(number)") }
    #expect(lane.lines.prefix(3).map { $0["headers"]?["ce_type"]?.string } == [EpochOpened.type, StratumAdded.type, CaseJudged.type])
    let opened = try #require(lane.lines.first?["body"])
    #expect(!lane.lines.contains { $0["body"]?["seed"] != nil })
    lane.pass(3_600)
    try lane.fireTimers()
    let disclosed = try #require(lane.lines.last?["body"])
    let seed = try #require(disclosed["seed"]?.string)
    let bytes = stride(from: 0, to: 64, by: 2).map { index -> UInt8 in
      let digits = Array(seed.utf8)
      return UInt8(String(decoding: digits[index...(index + 1)], as: UTF8.self), radix: 16) ?? 0
    }
    #expect(hex(sha256(bytes)) == opened["commitment"]?.string)
    #expect(disclosed["cases"]?.integer == 50)
    #expect(lane.timers.isEmpty)
  }

  @Test func aCaseIsDrawnOnceWhateverComesAgain() throws {
    var lane = try DrawnLane(mode: "hold", rate: 1, epochSeconds: 3_600)
    try lane.judge("case-1")
    let before = lane.lines.count
    try lane.propose("case-1")
    #expect(lane.lines.count == before && lane.reviews == ["case-1"])
  }

  @Test func anEpochIsNotOpenedAgainWhenTheClockIsMovedBack() throws {
    var lane = try DrawnLane(mode: "hold", epochSeconds: 3_600)
    try lane.judge("case-1")
    lane.pass(3_600)
    try lane.fireTimers()
    lane.pass(-3_600)
    try lane.judge("case-2")
    let names = lane.lines.filter { $0["headers"]?["ce_type"]?.string == EpochOpened.type }.compactMap { $0["body"]?["epoch"]?.string }
    #expect(names.count == 2 && Set(names).count == 2, "\(names)")
  }

  @Test func underAnotherKeyThanTheOneCommittedToEveryCaseIsLookedAt() throws {
    var lane = try DrawnLane(mode: "hold", rate: 0.0001, epochSeconds: 3_600)
    try lane.judge("case-1")
    try lane.change(key: 7)
    try lane.judge("case-2")
    #expect(lane.reviews == ["case-2"])
  }

  @Test func aQuietStratumIsDrawnMoreOftenSoThatTheFloorIsReached() throws {
    // 2 a day, shared among 4 lanes, of 5 that are expected in each.
    #expect(Rates.rate(base: 0.08, expected: 5, lanes: 4, epochSeconds: 86_400) == 0.1)
    #expect(Rates.rate(base: 0.08, expected: 1_000, lanes: 4, epochSeconds: 86_400) == 0.08)
    #expect(Rates.rate(base: 0.08, expected: 0.2, lanes: 4, epochSeconds: 86_400) == 1)
    #expect(Rates.rate(base: 0.08, expected: 0, lanes: 4, epochSeconds: 86_400) == 1)
    var lane = try DrawnLane(mode: "hold", epochSeconds: 86_400)
    for day in 0..<3 {
      for number in 0..<4 { try lane.judge("case-\(day)-\(number)") }
      lane.pass(86_400)
    }
    let rates = lane.lines.filter { $0["headers"]?["ce_type"]?.string == EpochOpened.type }
      .compactMap { $0["body"]?["rates"]?.array?.first?["rate"]?.double }
    #expect(rates == [0.125, 0.125], "of 4 a day in this lane, half a case must be drawn")
  }

  @Test func whatALaneKnowsIsReadBackAsItWas() throws {
    var lane = try DrawnLane(mode: "observe", epochSeconds: 3_600)
    for number in 0..<20 { try lane.judge("case-\(number)") }
    lane.pass(4_000)
    for number in 20..<30 { try lane.judge("case-\(number)") }
    let state = try #require(lane.states[lane.place.key])
    var writer = JSONWriter()
    state.write(&writer)
    let bytes = writer.finish()
    var again = JSONWriter()
    let read = try PolicyState(JSON.parse(bytes))
    read.write(&again)
    let second = again.finish()
    #expect(bytes == second)
  }

  private func recompute(_ lines: [JSON]) throws -> (status: Int32, said: String) { try Self.run("verify_draw.py", lines) }

  /// Runs a program that anybody may run.
  static func run(_ program: String, _ lines: [JSON]) throws -> (status: Int32, said: String) {
    let script = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
      .appending(path: "../../../deploy/world/\(program)").standardizedFileURL
    let file = FileManager.default.temporaryDirectory.appending(path: "draw-\(UUID().uuidString).jsonl")
    defer { try? FileManager.default.removeItem(at: file) }
    try Data(lines.map { $0.text + "\n" }.joined().utf8).write(to: file)
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["python3", script.path]
    process.standardInput = try FileHandle(forReadingFrom: file)
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let said = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return (process.terminationStatus, said)
  }
}

/// One lane of policy's step, with a workflow that lets everything go alone but for what is drawn.
struct DrawnLane {
  /// Where the next case is judged.
  var place = DrawPlace.of(lane: 1, among: 4)
  var states: [String: PolicyState] = [:]
  /// What stands on `verdicts`, as `countersign tail` prints it.
  var lines: [JSON] = []
  private var numbers: [Int32: Int] = [:]
  var judged: [CaseJudged] = []
  /// Cases that people were asked about.
  var reviews: [String] = []
  var outcomes: [String: String] = [:]
  var feedback: [ModelFeedback] = []
  /// What policy asked people who know nothing of the first decision, and what they found.
  var asked: [AdjudicationAsked] = []
  var truths: [CaseAdjudicated] = []
  var files: [String: ReviewRequested] = [:]
  /// The reason codes of the last review of each.
  var codes: [String: [String]] = [:]
  private var now = Instant(rfc3339: "2026-11-24T08:00:00Z") ?? Instant(microseconds: 0)
  private var decider: PolicyDecider
  private let shelf: Shelf
  private let seconds: Int64
  private let item: JSON

  /// - Parameter adjudicates: whether the installation has the built-in workflow.
  init(mode: String, rate: Double = 0.08, epochSeconds: Int64, adjudicates: Bool = false) throws {
    let bench = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
      .appending(path: "../../../deploy/benchmarks/workflows/bench").standardizedFileURL
    let folder = FileManager.default.temporaryDirectory.appending(path: "draws-\(UUID().uuidString)/bench")
    defer { try? FileManager.default.removeItem(at: folder.deletingLastPathComponent()) }
    try FileManager.default.createDirectory(at: folder.deletingLastPathComponent(), withIntermediateDirectories: true)
    try FileManager.default.copyItem(at: bench, to: folder)
    let file = folder.appending(path: "policy.yaml")
    let yaml = try String(contentsOf: file, encoding: .utf8)
      .replacingOccurrences(of: "sampling: {mode: none}", with: "sampling: {mode: \(mode), rate: \(rate)}")
    try yaml.write(to: file, atomically: true, encoding: .utf8)
    let sample = try JSON.parse([UInt8](Data(contentsOf: folder.appending(path: "samples/one.json"))))
    item = try #require(sample["data"])
    let builtin = bench.appending(path: "../../../builtin/adjudication").standardizedFileURL
    shelf = try Shelf.open(
      SQLiteStore(path: ":memory:", readers: 0), folders: adjudicates ? [folder, builtin] : [folder], now: now)
    seconds = epochSeconds
    decider = try Self.decider(shelf, 5, epochSeconds)
  }

  private static func decider(_ shelf: Shelf, _ key: UInt8, _ seconds: Int64) throws -> PolicyDecider {
    PolicyDecider(
      shelf: shelf, signing: [try SigningKey(seed: [UInt8](repeating: 2, count: 32))],
      reviewers: KeySet([try reviewer().verification]),
      seeds: Seeds(key: [UInt8](repeating: key, count: 32), seconds: seconds),
      holders: Holders(intake: "http://intake", modelAdapter: "http://adapter"), clockScale: 1, permitMinutes: 15)
  }

  private static func reviewer() throws -> SigningKey { try SigningKey(seed: [UInt8](repeating: 3, count: 32)) }

  /// A person's signed decision on the version that policy asked about last.
  mutating func decide(_ caseID: String, _ verb: Approval.Verb, code: String = "", id: String = "d", person: String = "kim") throws {
    let open = try #require(states[caseID]?.openCase)
    let approval = Approval(
      id: "\(id)-\(caseID)", caseID: caseID, version: open.version, verb: verb, action: "", view: open.view, personIssuer: "demo",
      person: person, groups: ["bench-reviewers", "adjudicators"], strength: "demo", code: code, words: "", issuedAt: now.unixSeconds,
      expiresAt: now.unixSeconds + 900)
    let token = try Self.reviewer().sign(approval.claims, type: Approval.type)
    try take(.decided(caseID, DecisionMade(decision: token, action: nil), lanes: 4))
  }

  /// The decision is taken back in time.
  mutating func undo(_ caseID: String) throws {
    try take(.undone(caseID, DecisionUndone(decision: "d-\(caseID)", by: "kim"), lanes: 4))
  }

  /// A person signs for the stratum.
  mutating func resume() throws {
    try take(.resumed(LotsResumed(workflow: "bench", stratum: "low/1", by: "P-ivo", reason: "mended", at: now), lanes: 4))
  }

  func began(_ subject: String) -> StandDownBegan {
    StandDownBegan(
      subject: subject, workflow: "bench", caseID: "c", code: "wrong", at: now, until: now.adding(seconds: 604_800))
  }

  mutating func change(key: UInt8) throws { decider = try Self.decider(shelf, key, seconds) }
  mutating func pass(_ seconds: Double) { now = now.adding(seconds: seconds) }
  var timers: [LaneTimer] { states[place.key]?.timers ?? [] }

  /// A new case and its proposal.
  mutating func judge(_ caseID: String, for requester: String? = nil) throws {
    try take(
      .admitted(
        caseID,
        CaseAdmitted(
          workflow: "bench", source: "s", item: caseID, ingested: now, requester: requester.map { Wire.Requester(id: $0, verified: true) }, data: item, personal: [:],
          payloadHash: "00", contentHash: "00", nearHash: "00", proposal: nil, sealed: nil)))
    try propose(caseID)
  }

  /// Intake makes a case of what policy asked last.
  mutating func admit(_ caseID: String) throws {
    let asked = try #require(asked.last)
    try take(
      .admitted(
        caseID,
        CaseAdmitted(
          workflow: AdjudicationAsked.workflow, source: AdjudicationAsked.source, item: asked.item, ingested: now, requester: nil,
          data: asked.data, personal: [:], payloadHash: "00", contentHash: "00", nearHash: "00", proposal: nil, sealed: nil)))
  }

  mutating func propose(_ caseID: String) throws {
    try take(
      .proposed(
        caseID,
        ProposalMade(
          workflow: "bench", round: 1, payloadHash: "00", model: "m", modelVersion: "1", promptVersion: "p",
          calibration: "c", output: ["class": "price"], action: nil, probability: 0.97, rawScore: 0.97, scoreKind: "margin",
          retrieval: 1, parts: [], sources: [], current: nil, pre: nil, salt: nil, findings: []),
        place))
  }

  mutating func fire(_ name: String, of caseID: String) throws { try take(decider.timer(name, key: caseID, due: now)) }

  mutating func fireTimers() throws {
    for timer in timers where timer.due <= now { try take(decider.timer(timer.name, key: place.key, due: timer.due)) }
  }

  private mutating func take(_ event: PolicyEvent) throws {
    var seen: [String: PolicyState] = [:]
    for key in [event.key] + event.otherKeys { seen[key] = states[key] }
    for output in try decider.decide(event, View(states: seen, wall: now), now: now) {
      guard case .emit(let record) = output else { continue }
      states[record.key] = decider.evolve(states[record.key], record)
      switch record {
      case .judged(_, let body, _, _): judged.append(body)
      case .review(let caseID, let request):
        reviews.append(caseID)
        #expect(request.matches.array?.allSatisfy { $0["evidence"]?.string?.isEmpty == false } == true, "\(request.matches.text)")
        files[caseID] = request
        codes[caseID] = request.matches.array?.compactMap { $0["code"]?.string }
      case .ended(let caseID, let body, _): outcomes[caseID] = body.outcome
      case .feedback(_, let body): feedback.append(body)
      case .adjudication(_, let body): asked.append(body)
      case .adjudicated(_, let body): truths.append(body)
      default: break
      }
      guard record.topic == .verdicts else { continue }
      var writer = JSONWriter()
      record.write(&writer)
      let lane = Wire.lane(of: record.key, among: 4)
      numbers[lane, default: 0] += 1
      lines.append(
        [
          "partition": .integer(Int64(lane)), "key": .string(record.key),
          "headers": [
            "ce_type": .string(record.type), "ce_subject": record.subject.map { .string($0) } ?? .null,
            "ce_sequence": .string("\(numbers[lane] ?? 0)"),
          ],
          "body": try JSON.parse(writer.finish()),
        ])
    }
  }
}
