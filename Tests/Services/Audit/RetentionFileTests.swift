import Domain
import Testing
import Wire

@testable import countersign_audit

@Suite struct RetentionFileTests {
  private static let day: Int64 = 86_400_000_000

  @Test func classesSayWhatGoesWhen() {
    let file = RetentionFile(
      """
      minimum_days: 30
      notice_hours: 6
      classes:
        standard: {days: 400}
        brief: {days: 100, parts: {item: 40, model: 50}}
      workflows: {ticket-summary: brief}
      others: standard
      """)
    #expect(file.mistakes == [])
    #expect((file.minimum, file.notice, file.soonest) == (30, 6, 40 * Self.day))
    #expect(file.retention(of: "ticket-summary")?.name == "brief" && file.retention(of: "anything")?.name == "standard")
    #expect(file.retention(of: nil) == nil)
    let brief = file.classes["brief"]
    let expected: [(Int64, [ContentPart])] = [(39, []), (40, [.item]), (50, [.item, .model]), (99, [.item, .model]), (100, ContentPart.allCases)]
    for (days, parts) in expected { #expect(brief?.due(since: 7, at: 7 + days * Self.day) == parts, "after \(days) days") }
    #expect(brief?.due(since: 7, at: 6 + 40 * Self.day) == [])
  }

  @Test func nothingIsDestroyedWhereNothingIsDeclared() {
    #expect(RetentionFile.none.soonest == nil && RetentionFile.none.retention(of: "w") == nil)
    let file = RetentionFile("classes: {standard: {days: 400}}\nworkflows: {a: standard}")
    #expect(file.mistakes == [] && file.retention(of: "a") != nil && file.retention(of: "b") == nil)
  }

  @Test(arguments: [
    ("classes: {a: {days: 10}}", "minimum_days"), ("minimum_days: 5\nclasses: {a: {days: 10, parts: {item: 4}}}", "parts.item"),
    ("minimum_days: 0\nclasses: {a: {days: -1}}", "days"), ("classes: {a: {days: lots}}", "days"), ("classes: {}", "at least one"),
    ("classes: {a: {days: 400, parts: {words: 300}}}", "item, model, people, action"), ("classes: {a: {days: 400}}\nworkflows: {w: b}", "one of the classes"),
    ("classes: {a: {days: 400}}\nothers: b", "one of the classes"), ("classes: {a: {days: 400}}\nhold: 3", "nothing reads this"),
    ("classes: {a: {days: 400, hold: 3}}", "nothing reads this"), ("classes: {A B: {days: 400}}", "lower case"), ("- a", "expected"), ("a: [", "YAML"),
    ("notice_hours: 721\nclasses: {a: {days: 400}}", "notice_hours"), ("classes: {a: {days: 40000}}", "at most"),
  ])
  func mistakesAreNamed(yaml: String, words: String) {
    let mistakes = RetentionFile(yaml).mistakes
    #expect(mistakes.contains { $0.contains(words) }, "\(mistakes)")
  }

  @Test func theSameTextIsTheSameDeclaration() {
    #expect(RetentionFile("classes: {a: {days: 400}}").digest == RetentionFile("classes: {a: {days: 400}}").digest)
    #expect(RetentionFile("classes: {a: {days: 400}}").digest != RetentionFile("classes: {a: {days: 401}}").digest)
  }

  /// Topics whose records hold contents of cases, by hand.
  @Test func everyTopicOfCasesHasItsPart() {
    let expected: [String: ContentPart] = [
      "cases": .item, "intake.replies": .item, "adjudications": .item, "model.requests": .model, "model.proposals": .model, "feedback": .model,
      "reviews.requested": .people, "decisions": .people, "reviews": .people, "verdicts": .people, "escalations": .people, "permits": .action,
      "effects": .action, "webhooks": .action, "outcomes": .action,
    ]
    for topic in Topic.all { #expect(ContentPart(topic: topic.name, type: "t") == expected[topic.name], "\(topic.name)") }
    #expect(ContentPart(topic: "reviews", type: "countersign.task.tier.advanced.v1") == nil)
  }
}
