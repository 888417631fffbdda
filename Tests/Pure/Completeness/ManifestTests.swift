import Domain
import Foundation
import Testing

/// Against a table that was worked out by hand (`Tests/Expectations/manifest.csv`).
@Suite struct ManifestTests {
  struct Line: CustomTestStringConvertible {
    let name: String
    let way: CaseWay
    let chain: String
    let debts: String
    var testDescription: String { name }
  }

  static let lines: [Line] = {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    let text = (try? String(contentsOf: root.appendingPathComponent("Expectations/manifest.csv"), encoding: .utf8)) ?? ""
    return text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { line in
      let cells = line.split(separator: ";", omittingEmptySubsequences: false).map(String.init)
      return Line(name: cells[0], way: way(cells[1]), chain: cells[2], debts: cells[3])
    }
  }()

  private static let second: Int64 = 1_000_000

  static func way(_ text: String) -> CaseWay {
    var way = CaseWay()
    for word in text.split(separator: " ") {
      let parts = word.split(separator: "@").map(String.init)
      let times = (parts.count > 1 ? parts[1].split(separator: ":") : []).compactMap { Int64($0) }.map { $0 * second }
      let time = times.first
      switch parts[0] {
      case "admitted": way.admitted = time
      case "requested": way.requested = time
      case "pending": way.pending = time
      case "proposed": way.proposed = time
      case "judged": way.judged = time
      case "asked": way.asked = time
      case "opened": way.opened = time
      case "decided": way.decided = time
      case "permitted": way.permitted = time
      case "alone": way.permittedAlone = time
      case "effect": way.effect = time
      case "acted": way.acted = time
      case "decision": (way.decisions, way.lastDecision) = (way.decisions + 1, time)
      case "told": (way.told, way.lastDecision) = (way.told + 1, time)
      case "counted": way.counted += 1
      case "silent": way.isRequesterSilent = true
      case "rung": way.rung = (times[0], times[1])
      case let name where name.hasPrefix("wait:"):
        let kinds = ["deadline": CaseWay.Wait.deadline, "answer": .answer, "release": .release, "permit": .permit, "held": .held]
        way.wait = kinds[String(name.dropFirst(5))]
        (way.waitSince, way.waitUntil) = (times[0], times[1])
      case let name:
        way.outcome = Outcome(rawValue: name)
        way.endedAt = time
      }
    }
    // Policy judges a decision at the same moment or later: what it said last is no debt's beginning.
    if way.lastDecision == nil, way.counted > 0 { way.lastDecision = way.decided }
    return way
  }

  @Test func theTableIsThere() {
    #expect(Self.lines.count == 38)
    #expect(Set(Self.lines.compactMap(\.way.outcome)).count == Outcome.allCases.count - 1, "every outcome but decided_otherwise, which owes what executed owes")
  }

  @Test(arguments: lines) func owesWhatTheTableSays(_ line: Line) {
    let debts = Manifest.debts(line.way).map { "\($0.transition.rawValue)@\($0.due / Self.second)" }.joined(separator: " ")
    #expect(debts == line.debts)
    guard line.way.endedAt != nil else { return }
    let (due, seen) = Manifest.chain(line.way)
    #expect("\(due)/\(seen)" == line.chain)
  }

  /// Whatever is taken out of a whole case is missed, but for what nobody needs once the case has gone on.
  @Test func oneRecordTakenOutIsADebt() {
    let whole = "admitted@0 requested@1 asked@3 opened@3 decision@5 told@5 counted@6 decided@6 permitted@7 effect@8 acted@8 executed@9"
    #expect(Manifest.debts(Self.way(whole)).isEmpty)
    let words = whole.split(separator: " ").map(String.init)
    let spared = ["requested@1", "acted@8", "executed@9", "asked@3"]
    for word in words where !spared.contains(word) {
      let rest = words.filter { $0 != word }.joined(separator: " ")
      #expect(!Manifest.debts(Self.way(rest)).isEmpty, "\(word)")
    }
  }

  /// The reviewer loses the event of one decision of ten thousand: one case owes it, and it is that one.
  @Test func oneOfTenThousandEventsIsMissed() {
    let lost = 6_173
    let owing = (0..<10_000).filter { number in
      let decision = number == lost ? "decision@5 counted@6" : "decision@5 told@5 counted@6"
      let way = Self.way("admitted@0 requested@1 pending@1 proposed@2 asked@3 opened@3 \(decision) decided@6 permitted@7 effect@8 acted@8 executed@9")
      return Manifest.debts(way).contains { $0.transition == .told }
    }
    #expect(owing == [lost])
  }

  @Test func everyTransitionStandsOnATopic() {
    #expect(Set(Transition.allCases.map(\.topic)).count == 10)
    #expect(Transition.allCases.allSatisfy { !$0.words.isEmpty })
  }
}
