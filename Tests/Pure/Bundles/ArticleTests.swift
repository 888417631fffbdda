import Bundles
import Domain
import JSON
import Testing

/// Statement G1: the article's pseudo-logic, as a table.
@Suite struct ArticleTests {
  static let confidences: [Double?] = [nil, .nan, -0.1, 0, 0.7499, 0.75, 0.9199, 0.92, 1, 1.1]

  /// The article's lines, written down a second time and in another language than the policy file.
  static func expected(_ confidence: Double?, _ risk: Risk, personal: Bool, blocked: Bool) -> Route {
    if blocked { return .block }
    guard let confidence, confidence >= 0, confidence <= 1 else { return .sme }
    if confidence >= 0.92, risk == .low { return personal ? .review : .auto }
    if confidence >= 0.75, risk == .low || risk == .medium { return .review }
    return .sme
  }

  @Test func everyCellOfTheTable() throws {
    let bundle = try Workflows.article()
    var cells = 0
    for confidence in Self.confidences {
      for risk in Risk.allCases {
        for personal in [false, true] {
          for blocked in [false, true] {
            var facts = CaseFacts(item: [
              "ticket": "T-1001", "subject": "Printer", "channel": "web", "risk": .string(risk.rawValue),
              "body": .string(blocked ? "This one is policy blocked, you see." : "The printer is out of paper."),
            ])
            facts.model = confidence
            facts.personal = personal ? ["email": 1] : [:]
            let verdict = bundle.evaluate(facts)
            let cell: Comment =
              "confidence \(String(describing: confidence)), risk \(risk), personal \(personal), blocked \(blocked)"
            #expect(verdict.route == Self.expected(confidence, risk, personal: personal, blocked: blocked), cell)
            let proper = confidence.map { (0...1).contains($0) } ?? false
            #expect(verdict.codes.contains(.confidenceInvalid) == !proper, cell)
            #expect(verdict.codes.contains(.policyProhibited) == blocked, cell)
            #expect(verdict.codes.contains(.personalData) == personal, cell)
            #expect(verdict.matches.allSatisfy { !$0.because.isEmpty && $0.because.unicodeScalars.count <= 160 }, cell)
            cells += 1
          }
        }
      }
    }
    #expect(cells == 160)
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
