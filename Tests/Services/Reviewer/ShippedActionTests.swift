import Foundation
import JSON
import Testing
import Wire

@testable import countersign_reviewer

/// What would change is told for every action that is shipped, field by field.
@Suite struct ShippedActionTests {
  static let folders: [String] = {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    let workflows = root.appendingPathComponent("deploy/workflows").path
    let names = (try? FileManager.default.contentsOfDirectory(atPath: workflows)) ?? []
    return names.map { "\(workflows)/\($0)" }.filter { FileManager.default.fileExists(atPath: "\($0)/action.schema.json") }.sorted()
  }()

  /// A value for a schema; `turn` makes another one.
  private func value(_ schema: JSON, _ turn: Int) -> JSON {
    if let constant = schema["const"] { return constant }
    if let choices = schema["enum"]?.array, !choices.isEmpty { return choices[turn % choices.count] }
    switch schema["type"]?.string {
    case "object":
      return .object(JSONObject((schema["properties"]?.object?.members ?? []).map { ($0.key, value($0.value, turn)) }))
    case "array": return .array([value(schema["items"] ?? ["type": "string"], turn)])
    case "integer": return .integer(Int64(100_000 + 5_000 * turn))
    case "boolean": return .bool(turn == 0)
    default:
      if schema["format"]?.string == "date" { return .string("2026-12-0\(turn + 1)") }
      if schema["pattern"]?.string == "^[A-Z]{3}$" { return "EUR" }
      return .string("word \(turn) of \(schema["title"]?.string ?? "it")")
    }
  }

  /// The last titles of all places of a schema, money being one.
  private func titles(_ schema: JSON, _ name: String) -> [String] {
    let properties = schema["properties"]?.object?.members ?? []
    let isMoney = Set(properties.map(\.key)) == ["minor", "currency"]
    guard !properties.isEmpty, !isMoney else { return [schema["title"]?.string ?? Plain.words(name)] }
    return properties.flatMap { titles($0.value, $0.key) }
  }

  @Test func allAreFound() { #expect(Self.folders.count == 5) }

  @Test(arguments: folders) func everyFieldIsToldOnEachSide(folder: String) throws {
    let workflow = try Workflow(folder: URL(fileURLWithPath: folder))
    let body = try #require(workflow.form["properties"]?["body"])
    func action(_ turn: Int) -> JSON { ["type": "t", "target": "/t", "body": value(body, turn)] }
    let file: JSON = ["action": action(1), "current": value(body, 0), "trusted": true, "sources": []]
    let view = CaseView(DeskFixture.caseID, ["file": file, "now": "2026-11-24T08:00:00Z", "risk": "high"], workflow)
    let html = WhatWouldChange(view, yours: action(2), people: DeskFixture.people).html.text
    let scan = PageScan(html)
    #expect(scan.mistakes.isEmpty, "\(scan.mistakes)")
    for title in titles(body, "body") { #expect(html.contains(">\(title)<") || html.contains(", \(title.lowercased())<"), "\(title) is missing") }
    // Each cell has the name of its side, for narrow screens.
    #expect(scan.tags.count { $0.attributes.contains { $0.value == "side" } } % 3 == 0)
    #expect(html.contains(">Now</th>") && html.contains(">Proposed</th>") && html.contains(">Yours</th>"))
    if body.text.contains("minor") { #expect(html.contains("+50.00 EUR (+5.0%)") && html.contains("+50.00 EUR (+4.8%)")) }
    if body.text.contains("\"date\"") { #expect(html.contains("1 day later")) }
    #expect(html.contains("removed: ") && html.contains("added: "))
  }
}
