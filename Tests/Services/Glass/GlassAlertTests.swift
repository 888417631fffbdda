import Foundation
import Host
import JSON
import Testing
import Wire

@testable import countersign_reviewer

/// The alert of a broken glass ends: when somebody has looked at it, or when the right is suspended because nobody has.
@Suite struct GlassAlertTests {
  private static let grant = String(repeating: "a", count: 32)
  private static let about = "01a20c93-e606-71e1-ac02-b6790b57db99"
  private static let pager = Channel(name: "pagerduty", kind: .pagerDuty(routingKey: "R"), url: "https://events.example", isPrivate: true)

  private static func look(_ version: Int64 = 1, alert: String? = "pagerduty") -> JSON {
    var data = JSONObject([
      ("case", .string(about)), ("grant", .string(grant)), ("person", "P-break"), ("person_iss", "countersign.demo"), ("ticket", "INC-7"), ("workflow", "pay"),
    ])
    data["alert"] = alert.map { .string($0) }
    guard case .object(var object) = DeskFixture.json(DeskFixture.request(version: version, action: nil)) else { return .null }
    object["workflow"] = "break-glass"
    object["data"] = .object(data)
    return .object(object)
  }

  private func desk(_ channels: [Channel] = [pager], alert: String? = "pagerduty") throws -> DeskStep {
    let desk = try DeskStep(DeskFixture.decider(channels: Dictionary(uniqueKeysWithValues: channels.map { ($0.name, $0) })))
    try desk.act(.requested(DeskFixture.caseID, Self.look(alert: alert)))
    return desk
  }

  @Test(arguments: [("justified", "it was justified"), ("unjustified", "their right is suspended")])
  func itEndsWhenSomebodyHasLooked(result: String, words: String) throws {
    let desk = try desk()
    #expect(desk.records.events(.glassResolved).isEmpty, "not before")
    let said = try desk.act(.closed(DeskFixture.caseID, reason: result)).said
    let told = try #require(said.events(.glassResolved).first)
    #expect(told["dedup_key"] == .string("countersign/\(Self.about)/glass/\(Self.grant)"), "the key under which it began")
    #expect(told["result"]?.string == result && told["reason"]?.string?.contains(words) == true && told["notify"] == ["pagerduty"])
    let notice = try #require(desk.task?.notices.first)
    #expect(desk.task?.notices.count == 1 && notice.act == .glassResolved)
    let page = NoticeBody(notice: notice, workflow: "break-glass").pagerDuty(routingKey: "R")
    #expect(page["event_action"] == "resolve" && page["dedup_key"] == told["dedup_key"])
    #expect(NoticeBody(notice: notice, workflow: "break-glass").webhook["type"] == "countersign.escalation.glass.resolved.v1")
  }

  @Test func itEndsOnceWhenTheRightIsSuspendedForWantOfALook() throws {
    let desk = try desk()
    let late = try desk.act(.requested(DeskFixture.caseID, Self.look(2))).said.events(.glassResolved)
    #expect(late.map { $0["result"]?.string } == ["suspended"])
    #expect(try desk.act(.requested(DeskFixture.caseID, Self.look(3))).said.events(.glassResolved).isEmpty)
    #expect(try desk.act(.closed(DeskFixture.caseID, reason: "justified")).said.events(.glassResolved).isEmpty, "it has ended before")
  }

  @Test func aPagerThatMayHaveTakenOverHearsOfTheEndToo() throws {
    let mail = Channel(name: "email", kind: .webhook(key: [1]), url: "https://mail.example", isPrivate: true, fallback: "slack")
    let slack = Channel(name: "slack", kind: .slack, url: "https://hooks.example/1", isPrivate: true, fallback: "pagerduty")
    let desk = try desk([mail, slack, Self.pager], alert: "email")
    let told = try desk.act(.closed(DeskFixture.caseID, reason: "justified")).said.events(.glassResolved).first
    #expect(told?["notify"] == ["email", "pagerduty"])
  }

  @Test func whereNobodyWasCalledTheStreamTellsOfTheEndAllTheSame() throws {
    let desk = try desk([], alert: nil)
    let told = try desk.act(.closed(DeskFixture.caseID, reason: "justified")).said.events(.glassResolved)
    #expect(told.count == 1 && told[0]["notify"] == nil && desk.task == nil)
  }

  @Test func noOtherTaskEndsIt() throws {
    let desk = try DeskStep(DeskFixture.decider(channels: ["pagerduty": Self.pager]))
    try desk.ask(DeskFixture.request())
    #expect(try desk.act(.closed(DeskFixture.caseID, reason: "justified")).said.events(.glassResolved).isEmpty)
  }

  @Test func anAlertDoesNotEndBeforeItHasBegun() async throws {
    let desk = try desk()
    try desk.act(.closed(DeskFixture.caseID, reason: "justified"))
    let look = try #require(desk.task), notice = try #require(look.notices.first)
    let before = try DeskStep()
    try before.ask(DeskFixture.request())
    var waiting = try #require(before.task)
    waiting.notices = [Notice(id: "1/glass/pagerduty", channel: "pagerduty", act: .glass, event: ["grant": .string(Self.grant)])]
    let states = [DeskFixture.caseID: look, Self.about: waiting]
    try await WebClient.with(connections: 1) { web in
      let caller = NoticeCaller(channels: ["pagerduty": Self.pager], web: web, task: { states[$0] })
      let delivery = await withCheckedContinuation { (done: CheckedContinuation<Delivery, Never>) in
        caller.begin(NoticeCall(notice: notice), key: DeskFixture.caseID) { done.resume(returning: $0) }
      }
      guard case .failed = delivery else {
        Issue.record("it should wait, and not \(delivery)")
        return
      }
    }
  }
}
