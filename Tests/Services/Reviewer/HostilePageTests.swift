import Foundation
import JSON
import Testing

@testable import countersign_reviewer

/// What an attacker writes is text wherever it is shown, and nothing in it hides.
@Suite struct HostilePageTests {
  struct Payload: Sendable, CustomTestStringConvertible {
    let name: String
    let text: String
    var testDescription: String { name }
  }

  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  static let payloads: [Payload] = {
    guard let text = try? String(contentsOf: root.appendingPathComponent("Payloads/desk.jsonl"), encoding: .utf8) else { return [] }
    return text.split(separator: "\n").compactMap { line in
      guard let json = try? JSON.parse(Array(line.utf8)), let name = json["name"]?.string, let text = json["text"]?.string else { return nil }
      return Payload(name: name, text: String(repeating: text, count: Int(json["repeat"]?.integer ?? 1)))
    }
  }()

  /// By payload: the characters that must be told.
  static let shown: [String: [String]] = {
    guard let text = try? String(contentsOf: root.appendingPathComponent("Expectations/desk.csv"), encoding: .utf8) else { return [:] }
    let lines = text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { $0.split(separator: ",") }
    return Dictionary(lines.map { (String($0[0]), $0[1].split(separator: " ").map(String.init)) }) { first, _ in first }
  }()

  /// What of a page may not be more because of what is shown on it.
  private static let fixed = ["script", "form", "input", "button", "a", "section", "h1", "h2", "textarea", "select", "link", "meta", "dialog", "aside", "nav", "title", "meter", "label"]

  @Test func thereAreThreeHundredAndEachHasItsName() {
    #expect(Self.payloads.count >= 300 && Set(Self.payloads.map(\.name)).count == Self.payloads.count)
    #expect(Set(Self.shown.keys).isSubset(of: Self.payloads.map(\.name)))
    #expect(Self.payloads.contains { $0.text.utf8.count > 5_000_000 })
  }

  private static let plain = Result { try HostilePages.all("plain").map { PageScan($0.html) } }

  /// One after the other: all at once they would keep tests that wait for an answer from getting it in time.
  @Test(.serialized, arguments: payloads) func whatIsHostileIsShownAndDoesNothing(payload: Payload) throws {
    for (page, expected) in zip(try HostilePages.all(payload.text), try Self.plain.get()) {
      let scan = PageScan(page.html)
      #expect(scan.mistakes.isEmpty, "\(page.name): \(scan.mistakes.prefix(5))")
      for name in Self.fixed { #expect(scan.count(name) == expected.count(name), "\(page.name): another number of <\(name)>") }
      for code in Self.shown[payload.name] ?? [] { check(code, payload, page.name, scan) }
    }
  }

  /// Every one is told; of those that have a shape, each shape has its number behind it.
  private func check(_ code: String, _ payload: Payload, _ page: String, _ scan: PageScan) {
    guard let value = UInt32(code.dropFirst(2), radix: 16), let scalar = Unicode.Scalar(value) else {
      Issue.record("\(code) is no character")
      return
    }
    let raw = scan.text.count { $0 == scalar }
    let told = String(scan.text).components(separatedBy: code).count - 1
    #expect(told > 0, "\(page) does not tell \(code)")
    switch payload.name.prefix(while: { $0 != "-" }) {
    case "lookalike": #expect(told >= raw, "\(page) shows \(raw) and tells \(told) of \(code)")
    case "stack": #expect(raw <= told, "\(page) stacks \(raw)")
    default: #expect(raw == 0, "\(page) holds \(code) unseen")
    }
  }
}
