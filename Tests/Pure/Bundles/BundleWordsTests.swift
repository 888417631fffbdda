import Bundles
import Foundation
import Testing
import Workflows

/// What `countersign policy read` says of the shipped workflows: everything of a case's route, in words.
@Suite struct BundleWordsTests {
  private static let workflows = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../../../deploy/workflows").standardizedFileURL
  private static let names = ["ticket-summary", "reply-draft", "access-request", "invoice-exception", "compliance-class"]

  private func bundle(_ workflow: String) throws -> Bundles.Bundle {
    try #require(FolderCheck(Self.workflows.appendingPathComponent(workflow)).bundle)
  }

  @Test func theArticlesLogicReadsLikeIt() throws {
    let words = try bundle("ticket-summary").inWords
    #expect(words.first?.hasPrefix("ticket-summary, version ") == true)
    #expect(words.contains { $0.contains("when confidence is at least 0.92 and risk is low: it may run without a person, because") })
    #expect(words.contains { $0.contains("is held for a person before it runs") && $0.contains("8%") })
    #expect(words.contains { $0.contains("nothing of the same subject (the item's ticket) runs alone until one is approved, for 7 days at most") })
  }

  /// Each rule with its owner, its code and its numbers, and no name of a threshold without its number.
  @Test(arguments: names) func everyRuleAndEveryNumberIsRead(name: String) throws {
    let bundle = try bundle(name), words = bundle.inWords
    for rule in bundle.rules {
      let line = try #require(words.first { $0.hasPrefix("  \(rule.id) (") })
      #expect(line.contains("\(rule.owner) answers for it") && line.contains(": when ") && line.contains(", because "))
      #expect(!line.contains("{threshold."), "\(line)")
    }
    #expect(words.allSatisfy { !$0.contains("&&") || $0.contains("`") || $0.contains("approver") || $0.hasPrefix("    when ") }, "CEL only where something is computed")
  }

  /// A milder route in a file than its template allows is not read as one: what is read is what happens.
  @Test func theTemplatesFloorIsReadWhereItHolds() throws {
    for name in ["reply-draft", "access-request", "invoice-exception"] {
      #expect(try !bundle(name).inWords.contains { $0.contains("it may run without a person") }, "\(name)")
    }
    #expect(try !bundle("compliance-class").inWords.contains { $0.contains("a reviewer decides, because") || $0.hasSuffix(": a reviewer decides") })
  }

  @Test func conditionsAreToldByWordsAndNumbers() throws {
    let text = SmallPolicy.text {
      $0.replacing("when: item.amount > threshold.large", with: "when: item.amount > threshold.large && (!has(item.kind) || !(item.kind in ['a', 'b']))")
    }
    let words = try SmallPolicy.load(text).inWords
    #expect(words.contains { $0.contains("when item.amount is over 100 (threshold.large) and (item.kind is left out or item.kind is none of a, b): an expert decides, because amount {item.amount} is above 100") })
  }
}
