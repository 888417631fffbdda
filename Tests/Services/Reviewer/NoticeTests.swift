import Crypto
import Foundation
import JSON
import Testing
import Wire

@testable import countersign_reviewer

/// Messages to people outside of the desk: each owed until it is delivered, in order, and none after its case was decided.
@Suite struct NoticeTests {
  private static let slack = Channel(name: "slack", kind: .slack, url: "https://hooks.example/1", isPrivate: false, fallback: "pagerduty")
  private static let pager = Channel(name: "pagerduty", kind: .pagerDuty(routingKey: "R"), url: "https://events.example", isPrivate: false)

  private func opened(_ channels: Channel...) throws -> DeskStep {
    let channels = Dictionary(uniqueKeysWithValues: (channels.isEmpty ? [Self.slack, Self.pager] : channels).map { ($0.name, $0) })
    let desk = try DeskStep(DeskFixture.decider(channels: channels))
    try desk.ask(DeskFixture.request())
    return desk
  }

  private func end(_ desk: DeskStep, _ result: Delivery?, _ act: Notice.Act = .raised) throws {
    let call = try #require(desk.task?.calls.first { $0.notice.act == act })
    try desk.act(desk.decider.ended(call, key: DeskFixture.caseID, with: result))
  }

  @Test func aRungOwesItsChannelAPageAndOnceDeliveredOwesNothing() throws {
    let desk = try opened()
    #expect(desk.task?.calls.isEmpty == true, "the first rung calls nobody")
    try desk.wait(900)
    #expect(desk.task?.calls.map(\.id) == ["notice/1/raised/slack"])
    try end(desk, .sent(status: 200))
    #expect(desk.task?.notices.isEmpty == true)
    #expect(desk.records.events(.notified).map { $0.body["state"] } == ["sent"])
  }

  @Test func whatFailsIsTriedAgainLaterAndLater() throws {
    let desk = try opened(Self.pager)
    try desk.wait(1_800)
    var gaps: [Double] = []
    for _ in 1...4 {
      try end(desk, .failed("answered 503"))
      let retry = try #require(desk.task?.notices.first?.retry)
      #expect(desk.task?.calls.isEmpty == true)
      gaps.append(retry.seconds(since: desk.now))
      try desk.wait(gaps.last ?? 0)
    }
    #expect(zip(gaps, gaps.dropFirst()).allSatisfy { $0 < $1 } && gaps[0] <= 2)
    #expect(desk.task?.calls.map(\.id) == ["notice/1/raised/pagerduty"], "under the same name")
  }

  @Test func whereAChannelRefusesItsFallbackTakesOver() throws {
    let desk = try opened()
    try desk.wait(900)
    try end(desk, .refused("slack answered 404"))
    #expect(desk.task?.calls.map(\.notice.channel) == ["pagerduty"])
    #expect(desk.task?.notified == ["slack", "pagerduty"])
  }

  @Test func whereNobodyIsReachedTheTaskMovesUpAtOnce() throws {
    let desk = try opened(Channel(name: "slack", kind: .slack, url: "https://hooks.example/1", isPrivate: false))
    try desk.wait(900)
    #expect(desk.task?.tier == 2)
    try end(desk, .refused("slack answered 404"))
    #expect(desk.task?.tier == 3 && desk.records.events(.advanced).last?.body["why"] == "unreached")
  }

  @Test func aReceiverThatAsksForTimeGetsItWithinReason() throws {
    let desk = try opened()
    try desk.wait(900)
    for (asked, given) in [(120.0, 120.0), (86_400, 300)] {
      try end(desk, .failed("answered 429", after: asked))
      #expect(desk.task?.notices.first?.retry == desk.now.adding(seconds: given))
      try desk.wait(given)
    }
    for asked in [-5, .nan, .infinity, 0] {
      try end(desk, .failed("answered 429", after: asked))
      let retry = try #require(desk.task?.notices.first?.retry)
      #expect(retry > desk.now && retry <= desk.now.adding(seconds: 300))
      try desk.wait(300)
    }
  }

  @Test func noPageLeavesAfterADecisionAndTheAlertEndsWhereItBegan() throws {
    let desk = try opened()
    try desk.wait(900)
    try end(desk, .sent(status: 200))
    try desk.wait(900)
    try end(desk, .failed("answered 500"))
    _ = try desk.decide(DeskFixture.ada)
    #expect(desk.task?.notices.map { "\($0.act.rawValue)/\($0.channel)" } == ["resolved/slack", "resolved/pagerduty"])
  }

  @Test func aNoticeOutlivesItsTaskAndNobodySeesTheTaskAnyMore() throws {
    let desk = try opened()
    try desk.wait(900)
    try end(desk, .sent(status: 200))
    try desk.act(.closed(DeskFixture.caseID, reason: "withdrawn"))
    #expect(desk.task?.isOver == true)
    #expect(try desk.command(DeskFixture.ada, .view).status == 404)
    let rows = desk.records.compactMap { if case .row(_, let row) = $0 { row } else { nil } }
    #expect(rows.last?["open"] == false)
    try end(desk, .sent(status: 200), .resolved)
    #expect(desk.task == nil)
  }

  @Test func aCaseThatComesBackIsANewTaskThatStillOwesTheEndOfTheOldAlert() throws {
    let desk = try opened()
    try desk.wait(900)
    try desk.act(.closed(DeskFixture.caseID, reason: "answered"))
    try desk.ask(DeskFixture.request(version: 2))
    #expect(desk.task?.isOver == false && desk.task?.story.count == 1)
    #expect(desk.task?.notices.map(\.act) == [.raised, .resolved])
  }

  private func supervised(_ desk: DeskStep, channel: String = "slack") throws {
    var object = try #require(DeskFixture.json(DeskFixture.request()).object)
    object["supervisor"] = ["group": "leads", "channel": .string(channel)]
    try desk.act(.requested(DeskFixture.caseID, .object(object)))
  }

  @Test func aSupervisorHearsOnceThatACaseWasOpened() throws {
    let desk = try DeskStep(DeskFixture.decider(channels: ["slack": Self.slack, "pagerduty": Self.pager]))
    try supervised(desk)
    let told = try #require(desk.records.events(.noticed).first)
    #expect(told["group"] == "leads" && told["people"] == ["P-lead", "P-both", "P-ada-2"] && told["owner"] == "agents")
    #expect(!told.body.text.contains("Please pay"), "no content of the case")
    #expect(desk.task?.calls.map(\.id) == ["notice/1/noticed/slack"] && desk.task?.isPaged == false)
    try supervised(desk)
    try desk.ask(DeskFixture.request(version: 2))
    #expect(desk.records.events(.noticed).count == 1)
    #expect(desk.task?.story.contains { $0["what"] == "noticed" && $0["text"] == "leads" } == true)
  }

  @Test func aSupervisorHearsOfACaseThatIsDecidedMeanwhileAndOfNothingElse() throws {
    let desk = try DeskStep(DeskFixture.decider(channels: ["slack": Self.slack, "pagerduty": Self.pager]))
    try supervised(desk)
    try end(desk, .failed("answered 503"), .noticed)
    try desk.wait(900)
    #expect(desk.task?.notices.map(\.act) == [.noticed, .raised])
    _ = try desk.decide(DeskFixture.ada)
    // The notice is owed on; no page leaves after a decision.
    #expect(desk.task?.notices.map(\.act) == [.noticed, .resolved])
    let quiet = try DeskStep(DeskFixture.decider(channels: ["slack": Self.slack]))
    try supervised(quiet)
    try end(quiet, .sent(status: 200), .noticed)
    _ = try quiet.decide(DeskFixture.ada)
    #expect(quiet.task?.notices.isEmpty == true && quiet.task?.notified == [], "nobody was paged: nothing ends")
  }

  private func body(_ act: Notice.Act = .raised) throws -> NoticeBody {
    let desk = try opened()
    try desk.wait(900)
    let event = try #require(desk.task?.notices.first?.event)
    return NoticeBody(notice: Notice(id: "1", channel: "pagerduty", act: act, event: event), workflow: "pay")
  }

  @Test func pagerDutyGetsItsFields() throws {
    let json = try body().pagerDuty(routingKey: "R")
    #expect(json["routing_key"] == "R" && json["event_action"] == "trigger" && json["dedup_key"] == .string("countersign/\(DeskFixture.caseID)"))
    #expect(json["payload"]?["severity"] == "warning" && json["payload"]?["source"] == "countersign/pay" && json["payload"]?["group"] == "leads")
    #expect(json["links"]?.array?.first?["href"] == .string("https://desk.example/tasks/\(DeskFixture.caseID)"))
    #expect(try body(.resolved).pagerDuty(routingKey: "R")["payload"] == nil)
    #expect(!json.text.contains("Please pay"), "no content of the case")
  }

  @Test func slackTextIsEscaped() throws {
    let event: JSON = ["summary": "<!channel> & <https://evil>", "group": "a", "state": "unclaimed", "link": "https://desk.example/tasks/1"]
    let text = NoticeBody(notice: Notice(id: "1", channel: "slack", act: .raised, event: event), workflow: "pay").slack["text"]?.string ?? ""
    #expect(text.contains("&lt;!channel&gt; &amp; &lt;https://evil&gt;") && text.contains("<https://desk.example/tasks/1|Open the case>"))
  }

  @Test func aWebhookIsSignedAfterStandardWebhooks() throws {
    let key = Array("0123456789abcdef01234567".utf8)
    let headers = Dictionary(uniqueKeysWithValues: NoticeCaller.signature(id: "a/1", at: DeskFixture.now, Array("{}".utf8), key))
    let code = HMAC<SHA256>.authenticationCode(for: Data("a/1.\(DeskFixture.now.unixSeconds).{}".utf8), using: SymmetricKey(data: key))
    #expect(headers["webhook-signature"] == "v1,\(Data(code).base64EncodedString())" && headers["webhook-id"] == "a/1")
  }

  @Test func mistakesInTheFileAreAllNamed() {
    let folder = FileManager.default.temporaryDirectory
    let file = ChannelsFile(
      """
      telegram: {kind: slack, url: "https://x"}
      slack: {kind: slack, url: "http://hooks.example/1", fallback: pagerduty}
      email: {kind: carrier-pigeon, url: "https://x"}
      pagerduty: {kind: pagerduty, key_file: /nonexistent/key, color: red}
      """, folder: folder)
    #expect(file.channels.isEmpty)
    let wanted = ["telegram", "https address", "email.kind", "pagerduty.color", "one line at /nonexistent/key"]
    for words in wanted { #expect(file.mistakes.contains { $0.contains(words) || words == "telegram" && $0.contains("line 1") }, "\(words): \(file.mistakes)") }
    let circle = ChannelsFile(
      "slack: {kind: slack, url: \"https://a.example\", fallback: email}\nemail: {kind: slack, url: \"https://b.example\", fallback: slack}", folder: folder)
    #expect(circle.mistakes.count == 2 && circle.mistakes.allSatisfy { $0.contains("circle") })
  }
}
