import Bundles
import Foundation
import Testing
import Workflows

@testable import countersign

/// `countersign workflow check`: everything that is wrong with a folder, at once.
@Suite struct FolderCheckTests {
  /// A folder of its own, made as `workflow new` makes it and then changed.
  private func folder(_ change: (URL) throws -> Void = { _ in }) throws -> URL {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("wf-\(UUID().uuidString)/refund-request")
    for (file, text) in NewWorkflow("refund-request").files {
      let place = url.appendingPathComponent(file)
      try FileManager.default.createDirectory(at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: place)
    }
    try change(url)
    return url
  }

  private func edit(_ url: URL, _ file: String, _ from: String, _ to: String) throws {
    let place = url.appendingPathComponent(file)
    let text = try String(contentsOf: place, encoding: .utf8)
    try #require(text.contains(from))
    try Data(text.replacing(from, with: to, maxReplacements: 1).utf8).write(to: place)
  }

  @Test func aNewFolderPassesWithItsCoverage() throws {
    let report = WorkflowReport(try folder(), coverage: true)
    #expect(report.mistakes.isEmpty, "\(report.mistakes)")
    #expect(report.lines.last?.contains("refund-request: sound.") == true)
  }

  /// The built-in one has no model, no action and no samples: policy itself sends its items.
  @Test func theBuiltInFolderPasses() {
    let report = WorkflowReport(Workflows.deploy.appendingPathComponent("builtin/adjudication"), coverage: false)
    #expect(report.mistakes.isEmpty, "\(report.mistakes)")
  }

  @Test(arguments: ["ticket-summary", "reply-draft", "access-request", "invoice-exception", "compliance-class"])
  func aShippedFolderPassesWithItsCoverage(_ name: String) {
    let report = WorkflowReport(Workflows.deploy.appendingPathComponent("workflows/\(name)"), coverage: true)
    #expect(report.mistakes.isEmpty, "\(report.mistakes)")
  }

  @Test func allMistakesAreToldAtOnceEachWithItsPlace() throws {
    let url = try folder { url in
      try edit(url, "policy.yaml", "gate: impact", "gate: kontext")
      try edit(url, "item.schema.json", "\"minLength\": 1", "\"minLength\": -1")
      try FileManager.default.removeItem(at: url.appendingPathComponent("prompt.md"))
    }
    let found = FolderCheck(url).mistakes
    #expect(found.contains { $0.file == "refund-request/policy.yaml" && $0.key == "rules[0].gate" && $0.value == "kontext" && $0.line > 1 })
    #expect(found.contains { $0.file == "refund-request/item.schema.json" })
    let policyMended = FolderCheck(
      try folder { url in
        try FileManager.default.removeItem(at: url.appendingPathComponent("prompt.md"))
        try edit(url, "samples/refund-request-plain.json", "\"text\"", "\"txt\"")
        try edit(url, "expectations.json", "\"confidence.sufficient\"", "\"confidence.high\"")
        try edit(url, "labelled.jsonl", "{", "")
      }
    ).mistakes
    for file in ["prompt.md", "samples/refund-request-plain.json", "expectations.json", "labelled.jsonl"] {
      #expect(policyMended.contains { $0.file == "refund-request/\(file)" }, "\(file): \(policyMended)")
    }
    #expect(policyMended.allSatisfy { $0.line >= 1 && !$0.expected.isEmpty && !$0.remedy.isEmpty })
  }

  @Test func aCodeThatNoSampleGivesIsAMistakeOfCoverageOnly() throws {
    let url = try folder { try edit($0, "expectations.json", "\"personal.data\", ", "") }
    #expect(WorkflowReport(url, coverage: false).mistakes.isEmpty)
    #expect(WorkflowReport(url, coverage: true).mistakes.map(\.value) == ["personal.data"])
  }

  /// The line of the rule with a caret under the place stands under the mistake.
  @Test func aMistakeInARuleShowsItsPlace() throws {
    let url = try folder { try edit($0, "policy.yaml", "size(item.text) > threshold", "size(item.txet) > threshold") }
    let lines = WorkflowReport(url, coverage: false).lines
    let shown = try #require(lines.firstIndex { $0.contains("size(item.txet) > threshold.longest_text") && !$0.contains("found") })
    #expect(lines[shown + 1].hasSuffix("^"))
    #expect(lines.contains { $0.contains("did you mean 'text'?") })
  }

  /// Texts are searched as a reader sees them, all of a place as one.
  @Test(arguments: [("(?i)gara\u{E7}on", "write c"), ("^dear", "the edge of a word"), ("dear$", "the edge of a word")])
  func aPatternThatNeverMatchesWhatWasMeantIsAMistake(pattern: String, says: String) throws {
    let url = try folder { try edit($0, "policy.yaml", "phrases: [see you in court, my lawyer]", "pattern: '\(pattern)'") }
    #expect(FolderCheck(url).mistakes.contains { $0.key == "prohibited[0].pattern" && $0.remedy.contains(says) })
  }

  @Test(arguments: ["[^a]dear", "\\$5 a day", "\\bdear\\b"])
  func aPatternThatMayStandAnywhereIsNone(pattern: String) throws {
    let url = try folder { try edit($0, "policy.yaml", "phrases: [see you in court, my lawyer]", "pattern: '\(pattern)'") }
    #expect(!FolderCheck(url).mistakes.contains { $0.key == "prohibited[0].pattern" })
  }

  @Test func aFolderThatIsNoneSaysSo() {
    let found = FolderCheck(URL(fileURLWithPath: "/nowhere/at-all")).mistakes
    #expect(found.map(\.file) == ["at-all/policy.yaml"])
  }
}
