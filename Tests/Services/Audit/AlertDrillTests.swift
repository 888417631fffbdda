import Bundles
import Domain
import Foundation
import Lanes
import Messaging
import Storage
import Testing
import Wire

@testable import countersign_audit

/// Each alert that there is begins with its cause, ends with its cure, and leads to a runbook. `deploy/tests/alarm CODE` plays one.
@Suite struct AlertDrillTests {
  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
  private static let promise = Promise(
    workflow: "reply-draft", template: .approval, owner: "support-lead", bundle: "b1",
    objectives: Objectives(latencyShare: 0.95, latencySeconds: 600, auditCompleteness: 0.99, shownFirst: .latency))
  /// Nobody waits longer for an alert.
  private static let longest = 8 * 3_600.0

  @Test(arguments: AlertCode.allCases) func itBeginsAndEnds(code: AlertCode) throws {
    let world = try AuditWorld()
    var records = Records()
    var drill = AlertDrill(code, &records)
    try world.run(turns: 3)
    if drill.isTold {
      #expect(!code.stands)
      try world.send(drill.cause)
      try world.run()
      let told = try #require(try alerts(world).first)
      #expect(told.code == code.rawValue && told.state == .raised && told.severity == code.pace.rawValue)
      try checkRunbook(told)
      print("alarm \(code.rawValue): told once")
      return
    }
    #expect(code.stands)
    try world.ledger.absorb(drill.cause)
    let began = drill.cause.compactMap { $0.frame.text("ce_time").flatMap { Instant(rfc3339: $0) } }.max() ?? Records.start
    let (fired, alert) = try #require(try wait(world, drill, from: began) { $0.code == code.rawValue && $0.state == .standing }, "it never began")
    try checkRunbook(alert)
    #expect(["page", "ticket"].contains(alert.severity))
    try world.ledger.absorb(drill.cure(&records, fired))
    (drill.stopped, drill.witnesses, drill.sweeps) = ([:], (false, []), nil)
    let (over, end) = try #require(try wait(world, drill, from: fired) { $0.key == alert.key && $0.state == .resolved }, "it never ended")
    #expect(end.code == code.rawValue)
    print(
      "alarm \(code.rawValue): begins \(Int(fired.seconds(since: began))) s after its cause, ends \(Int(over.seconds(since: fired))) s after its cure: \(alert.text)")
  }

  /// Looks as audit does, every five seconds of the story, and every half a minute after the first five.
  private func wait(
    _ world: AuditWorld, _ drill: AlertDrill, from start: Instant, _ isWanted: (AlertPublished) -> Bool
  ) throws -> (Instant, AlertPublished)? {
    var passed = 0.0
    var sweeps = Sweeper.Status()
    while passed <= Self.longest {
      let now = start.adding(seconds: passed)
      sweeps.note(drill.sweeps, at: now)
      if try look(world, drill, sweeps, at: now), let found = try alerts(world).first(where: isWanted) { return (now, found) }
      passed += passed < 300 ? 5 : 30
    }
    return nil
  }

  /// One look at everything, and the alerts that follow from it. - Returns: whether there are any.
  private func look(_ world: AuditWorld, _ drill: AlertDrill, _ sweeps: Sweeper.Status, at now: Instant) throws -> Bool {
    let time = now.microseconds
    var events: [AuditDecider.Event] = []
    try world.ledger.store.read { transaction in
      let standing = Set(try transaction.query("SELECT key FROM states", []).map { try $0[0].text() })
      let found = try Shortfall(
        transaction, standing: standing, paths: world.ledger.paths, now: time, story: time, scale: 1, horizon: time, lanes: 4, stopped: drill.stopped,
        isSummed: false)
      for stream in found.streams {
        let key = AuditDecider.Stream.key(of: stream.source)
        if stream.isBehind(at: time, patience: CompletenessWatch.patience), !standing.contains(key) {
          events.append(.behind(AuditDecider.Stream(source: stream.source, number: stream.number, head: stream.head)))
        } else if stream.number >= stream.head, standing.contains(key) {
          events.append(.caughtUp(key: key))
        }
      }
      events += found.begun.map { .stands($0) } + found.over.map { .isOver($0) }
      var told: [(trouble: Trouble, stands: Bool, isOver: Bool)] = WitnessClient.troubles(
        isLate: drill.witnesses.isLate, isEnough: !drill.witnesses.isLate, failures: [], ahead: drill.witnesses.ahead)
      told.append(Sweeper.trouble(sweeps, at: now))
      told += try VerificationShift.read([Self.promise], now: time, transaction).map(\.trouble)
      for budgets in try WorkflowBudgets.read([Self.promise], now: time, transaction) {
        for alarm in BudgetWatch.alarms(budgets) { told.append((trouble: alarm.trouble, stands: alarm.stands, isOver: !alarm.stands)) }
      }
      for (trouble, stands, isOver) in told {
        if stands, !standing.contains(trouble.key) { events.append(.stands(trouble)) }
        if isOver, standing.contains(trouble.key) { events.append(.isOver(trouble)) }
      }
    }
    guard !events.isEmpty else { return false }
    for event in events { _ = world.mailbox.submit(id: "\(event.key)@\(time)") { _ in event } }
    try world.run(turns: 8)
    return true
  }

  private func alerts(_ world: AuditWorld) throws -> [AlertPublished] { try world.published(.alerts).map { try AlertPublished(Fields(of: $0)) } }

  private func checkRunbook(_ alert: AlertPublished) throws {
    let link = try #require(alert.runbook)
    let text = try String(contentsOf: Self.root.appendingPathComponent(link), encoding: .utf8)
    #expect(text.hasPrefix("# \(alert.code)\n"), "\(link)")
  }

  /// Every code that a service may tell is known here, and there is no runbook of something that is no alert.
  @Test func theSetIsClosed() throws {
    #expect(LaneAlert.Code.allCases.map(\.rawValue).filter { AlertCode(rawValue: $0) == nil } == [])
    let files = try FileManager.default.contentsOfDirectory(atPath: Self.root.appendingPathComponent("deploy/docs/runbooks").path)
    #expect(files.sorted() == AlertCode.allCases.map { $0.runbook(in: "") }.sorted())
    let rules = try String(contentsOf: Self.root.appendingPathComponent("deploy/observability/rules.yml"), encoding: .utf8)
    let links = rules.split(separator: "\n").compactMap { line in line.contains("runbook_url") ? line.split(separator: "/").last.map(String.init) : nil }
    // Prometheus fills in the budget.
    let written = links.map { $0.replacing("\"", with: "") }.flatMap { link -> [String] in
      guard link.contains("{{") else { return [link] }
      return Budget.allCases.map { $0.code.runbook(in: "") }
    }
    #expect(links.count >= 5 && written.allSatisfy { files.contains($0) }, "\(written)")
  }

  /// What a later version tells has no runbook here, and is passed on all the same.
  @Test func anUnknownCodeIsPassedOn() throws {
    let world = try AuditWorld()
    var records = Records()
    try world.send([
      records.make(
        Service.intake.heads, 1, type: "countersign.alert.raised.v1", facts: [(.reasons, "later.thing")], body: #"{"code":"later.thing","lane":1,"text":"new"}"#)
    ])
    try world.run()
    #expect(try alerts(world).map(\.code) == ["later.thing"] && alerts(world).first?.runbook == nil)
  }
}
