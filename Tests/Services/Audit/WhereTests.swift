import Messaging
import Testing
import Wire

@testable import countersign_audit

@Suite struct WhereTests {
  private func row(_ number: Int, _ course: Records.Course) throws -> CaseRow {
    let ledger = try TestLedger()
    var records = Records()
    try ledger.absorb(records.history(number, course))
    return try #require(try ledger.caseRow(Records.caseID(number)))
  }

  @Test func filtersSayWhatTheyMean() throws {
    var course = Records.Course()
    course.tier = 2
    let whole = try row(1, course)
    let open = try row(2, Records.Course(end: .open))
    let expected: [(String, Bool, Bool)] = [
      ("workflow = reply-draft", true, true), ("workflow != reply-draft", false, false), ("outcome = executed", true, false),
      ("outcome = open", false, true), ("not outcome = open", true, false), ("risk = low and outcome = executed", true, false),
      ("outcome = rejected or outcome = open", false, true), ("risk = high or risk = low and outcome = open", false, true),
      ("(risk = high or risk = low) and outcome = executed", true, false), ("tier = 2", true, false), (#"person = "demo ana""#, true, true),
      ("reason = confidence.low", true, true), ("reason != confidence.low", false, false), ("records > 5", true, true), ("latency < 10000", true, false),
      ("latency > 1", true, false), ("latency != 1", true, true), ("confidence >= 0.7", true, true), ("confidence < 0.7", false, false),
      ("opened >= 2026-11-18", true, true), ("opened < 2026-11-18T00:00:00Z", false, false), ("ended > 2026-11-18", true, false),
      ("decision = none", false, true), ("origin = \"test/1\"", true, false), ("NOT".lowercased() + "(risk=low)", false, false),
    ]
    for (text, isWhole, isOpen) in expected {
      let filter = try Where(text)
      #expect(filter.holds(for: whole) == isWhole, "\(text)")
      #expect(filter.holds(for: open) == isOpen, "\(text)")
    }
  }

  @Test func labelsLeadOnlyWhereEveryCaseMustHaveThem() throws {
    #expect(try Where("workflow = a and (risk = low or route = b) and outcome = executed").labels == ["workflow=a", "outcome=executed"])
    #expect(try Where("workflow = a or outcome = executed").labels == [])
    #expect(try Where("not workflow = a").labels == [])
    #expect(try Where("workflow != a and route = none").labels == [])
  }

  @Test func mistakesAreToldWithTheirPosition() throws {
    let expected: [(String, Int)] = [
      ("", 1), ("risk", 5), ("risk high", 6), ("risk = ", 8), ("colour = red", 1), ("risk = low and", 15), ("risk = low risk = high", 12),
      ("(risk = low", 12), ("risk = low)", 11), ("latency = soon", 11), ("opened > yesterday", 10), (#"risk = "low"#, 8), ("risk ! low", 6),
      ("risk = low & outcome = x", 12), (String(repeating: "(", count: 30) + "risk = low", 22), (String(repeating: "not ", count: 40) + "risk = low", 85),
      (String(repeating: "x", count: 2_000), 1_001), ("latency = nan", 11), ("latency = 1e999", 11),
    ]
    for (text, position) in expected {
      do throws(Where.Mistake) {
        _ = try Where(text)
        Issue.record("\(text) was read")
      } catch { #expect(error.position == position, "\(text): \(error)") }
    }
  }

  @Test func hostileFiltersNeitherTrapNorTakeLong() throws {
    var generator = SplitMix64(seed: 7)
    let pieces = ["risk", "=", "!=", "(", ")", "not", "and", "or", "\"", "\\", "low", "é", "\u{0}", " ", "<", ">=", "latency", "1e308", "opened", "🙂", "\n"]
    for _ in 0..<20_000 {
      let text = (0..<Int.random(in: 0...30, using: &generator)).map { _ in pieces[Int.random(in: 0..<pieces.count, using: &generator)] }.joined(separator: " ")
      _ = try? Where(text)
    }
  }
}
