import Bundles
import Foundation
import Testing
import Workflows

/// What `countersign policy ladder` says of the shipped workflows.
@Suite struct LadderWordsTests {
  private static let workflows = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../../../deploy/workflows").standardizedFileURL

  private func words(_ workflow: String) throws -> [String] {
    try #require(FolderCheck(Self.workflows.appendingPathComponent(workflow)).bundle).ladderInWords
  }

  @Test func aQuorumAQueueAndEachRungAreSaid() throws {
    let words = try words("access-request")
    #expect(words.first == "access-request: template B, \(try owner("access-request")) is accountable for it")
    #expect(words.contains("  otherwise: in the queue access, for line-managers"))
    #expect(words.contains { $0.hasPrefix("  when facts.privilege") && $0.hasSuffix(": 1 of line-managers and 1 of security-reviewers") })
    #expect(words.contains("  at once: the queue's group may decide it, nobody is called"))
    #expect(words.contains("  after 15 minutes: security-reviewers may decide it, called by Slack"))
    #expect(words.contains("  after 30 minutes: the duty officer owns it by name; duty-officers may decide it too, called by PagerDuty"))
    #expect(words.contains { $0.contains("approver.id is item.person") })
  }

  @Test func whoMayBreakTheGlassIsSaid() throws {
    let glass = try words("invoice-exception")
    #expect(glass.contains("  break-glass may break the glass for one case: for 60 minutes, at most 240, one of them decides it alone"))
    #expect(glass.contains("  told at once: duty-officers, security-reviewers, by PagerDuty; looked at within 24 hours by duty-officers"))
    #expect(try !words("reply-draft").contains { $0.contains("break the glass") }, "off unless a policy says so")
  }

  @Test func aSupervisorIsToldWhenACaseForExpertsOpens() throws {
    #expect(try words("compliance-class").contains("  told when it opens: compliance-officers, by Slack"))
  }

  @Test func aTimeBoxInWorkingTimeIsSaidAsSuch() throws {
    let bundle = try SmallPolicy.load(SmallPolicy.text { $0.replacing("after_minutes: 15,", with: "after_minutes: 15, calendar: office,") })
    #expect(bundle.ladder.map(\.calendar) == [nil, "office"])
    #expect(bundle.ladderInWords.contains { $0.hasPrefix("  15 minutes of office's working time later: ") })
  }

  @Test(arguments: ["ticket-summary", "reply-draft", "invoice-exception", "compliance-class"])
  func everyWorkflowNeverApprovesByTime(workflow: String) throws {
    #expect(try words(workflow).contains { $0.contains("never approved by time") })
  }

  private func owner(_ workflow: String) throws -> String {
    try #require(FolderCheck(Self.workflows.appendingPathComponent(workflow)).bundle).owner
  }
}
