import Bundles
import Domain
import JSON
import Testing

/// Statement G1: the article's pseudo-logic, as a table.
@Suite struct ArticleTests {
  /// A row of Tests/Expectations/article.csv.
  struct Cell {
    let confidence: Double?
    let risk: Risk
    let personal: Bool
    let blocked: Bool
    let route: Route
    let isInvalid: Bool

    init?(_ line: Substring) {
      let words = line.split(separator: ",").map(String.init)
      guard words.count == 6, let risk = Risk(rawValue: words[1]), let route = Route(rawValue: words[4]) else { return nil }
      confidence = words[0] == "absent" ? nil : Double(words[0])
      (self.risk, self.route) = (risk, route)
      (personal, blocked, isInvalid) = (words[2] == "yes", words[3] == "yes", words[5] == "invalid")
    }
  }

  @Test func everyCellOfTheTable() throws {
    let bundle = try Workflows.article()
    let lines = try Workflows.expectations("article.csv")
    let cells = try lines.map { try #require(Cell($0), "\($0)") }
    for (cell, line) in zip(cells, lines) {
      var facts = CaseFacts(item: [
        "ticket": "T-1001", "subject": "Printer", "channel": "web", "risk": .string(cell.risk.rawValue),
        "body": .string(cell.blocked ? "This one is policy blocked, you see." : "The printer is out of paper."),
      ])
      facts.model = cell.confidence
      facts.personal = cell.personal ? ["email": 1] : [:]
      let verdict = bundle.evaluate(facts)
      #expect(verdict.route == cell.route, "\(line)")
      #expect(verdict.codes.contains(.confidenceInvalid) == cell.isInvalid, "\(line)")
      #expect(verdict.codes.contains(.policyProhibited) == cell.blocked, "\(line)")
      #expect(verdict.codes.contains(.personalData) == cell.personal, "\(line)")
      #expect(verdict.matches.allSatisfy { (1...160).contains($0.because.unicodeScalars.count) }, "\(line)")
    }
    #expect(cells.count == 160)
    #expect(Set(lines.map { $0.split(separator: ",").prefix(4) }).count == 160)
  }

  /// "Confidence low" is said only where more confidence would have changed anything.
  @Test func lowConfidenceAndHighImpactAreToldApart() throws {
    let bundle = try Workflows.article()
    func code(_ confidence: Double, _ risk: Risk) -> ReasonCode? {
      var facts = CaseFacts(item: ["body": "x", "risk": .string(risk.rawValue)])
      facts.model = confidence
      return bundle.evaluate(facts).matches.first { $0.rule.hasPrefix("bands") }?.code
    }
    #expect(code(0.95, .low) == .confidenceSufficient)
    #expect(code(0.8, .low) == .confidenceLow)
    #expect(code(0.95, .medium) == .impactElevated)
    #expect(code(0.5, .medium) == .confidenceLow)
    #expect(code(0.5, .critical) == .impactElevated)
  }

  @Test func theEdgesAreWhereTheArticlePutsThem() throws {
    let bundle = try Workflows.article()
    func route(_ confidence: Double) -> Route {
      var facts = CaseFacts(item: ["body": "x"])
      facts.model = confidence
      return bundle.evaluate(facts).route
    }
    #expect(route(0.92) == .auto)
    #expect(route(0.9199) == .review)
    #expect(route(0.75) == .review)
    #expect(route(0.7499) == .sme)
  }
}
