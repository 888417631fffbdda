import Bundles
import Domain
import JSON
import Testing

@Suite struct EvaluationTests {
  let bundle: Bundles.Bundle

  init() throws { bundle = try SmallPolicy.load() }

  private func verdict(_ change: (inout CaseFacts) -> Void) -> Verdict {
    var facts = SmallPolicy.goodFacts
    change(&facts)
    return bundle.evaluate(facts)
  }

  @Test func aGoodCaseIsAutomaticAndSaysWhy() {
    let verdict = verdict { _ in }
    #expect(verdict.route == .auto)
    #expect(verdict.confidence == 0.985)
    #expect(verdict.codes == [.confidenceSufficient])
    #expect(verdict.matches.first?.because == "confidence 0.985 reaches 0.9")
    #expect(verdict.parts.map(\.name) == [.model, .retrieval, .policy, .blast])
    #expect(verdict.queue == "easy")
    #expect(bundle.explain(verdict).first == "It may run without a person: confidence 0.985 reaches 0.9.")
  }

  @Test func aRuleShowsValueAndThreshold() {
    let verdict = verdict { $0.item = ["amount": 101, "kind": "a"] }
    #expect(verdict.route == .sme)
    #expect(verdict.determining == ["large"])
    #expect(verdict.matches[0].because == "amount 101 is above 100")
    #expect(verdict.matches[0].evidence == "item.amount")
    #expect(verdict.queue == "hard")
  }

  @Test func aMissingFieldOfARuleGoesToAPersonAsStrictlyAsTheRule() {
    let verdict = verdict { $0.item = ["kind": "a"] }
    #expect(verdict.route == .sme)
    let match = verdict.matches.first { $0.rule == "large" }
    #expect(match?.code == .policyError)
    #expect(match?.because.contains("item.amount") == true)
  }

  @Test func oneBadPartCannotBeAveragedAway() {
    let verdict = verdict {
      $0.model = 1; $0.retrieval = 0.1
    }
    #expect(verdict.codes.contains(.partFloor))
    #expect(verdict.route >= .review)
  }

  @Test(arguments: [nil, Double.nan, -0.01, 1.01, .infinity] as [Double?])
  func noProperNumberIsNoConfidence(_ model: Double?) {
    let verdict = verdict { $0.model = model }
    #expect(verdict.confidence == nil)
    #expect(verdict.codes.contains(.confidenceInvalid))
    #expect(verdict.route.isHuman)
    #expect(!verdict.trusted)
  }

  @Test func withoutCalibrationAPersonLooks() {
    let verdict = verdict { $0.calibrated = false }
    #expect(verdict.codes.contains(.calibrationMissing))
    #expect(verdict.route == .review)
  }

  @Test func eachContextFaultHasItsOwnCodeAndNamesItsSource() {
    let cases: [(ReasonCode, Route, (inout CaseFacts) -> Void)] = [
      (.contextMissingSource, .sme, { $0.sources = [] }),
      (.contextMissingSource, .sme, { $0.sources[0].found = false }),
      (.contextProbeFailed, .review, { $0.sources[0].answered = false }),
      (.contextStale, .review, { $0.sources[0].age = 61 }),
      (.contextStale, .review, { $0.sources[0].age = -1 }),
    ]
    for (code, route, change) in cases {
      let verdict = verdict(change)
      #expect(verdict.route == route)
      #expect(verdict.matches.contains { $0.code == code && $0.evidence == "sources.stock" })
    }
    #expect(verdict { $0.sources[0].age = 60 }.route == .auto)
  }

  @Test func whatOthersFoundTakesTheRouteThatTheFileGivesIt() {
    #expect(
      verdict { $0.findings = [Finding(code: .contextConflict, field: "item.amount", detail: "differs")] }.route == .sme
    )
    let unsupported = verdict { $0.findings = [Finding(code: .contextUnsupported, field: "", detail: "")] }
    #expect(unsupported.route == .review)
    #expect(unsupported.matches.first?.because == "answer unsupported")
  }

  @Test func impactIsNeverLoweredByWhatAProducerStates() {
    let facts = verdict {
      $0.action = ["amount": 2000]; $0.item = ["amount": 10, "kind": "a", "risk": "low"]
    }
    #expect(facts.risk == .critical)
    #expect(facts.quorum == .all([.group("first", count: 1), .group("second", count: 1)]))
    let stated = verdict { $0.item = ["amount": 10, "kind": "a", "risk": "high"] }
    #expect(stated.risk == .high)
    #expect(stated.codes.contains(.impactStated))
    #expect(stated.route == .sme)
  }

  @Test func anUnknownFactIsHighImpact() {
    let verdict = verdict { $0.action = ["type": "pay"] }
    #expect(verdict.risk == .critical, "a tier that reads the unknown amount counts as reached")
    #expect(verdict.codes.contains(.impactUnknown))
    #expect(verdict.facts.contains { $0.name == .moneyMinor && $0.value == .unknown })
  }

  @Test func aNegativeAmountIsNoFact() {
    #expect(verdict { $0.action = ["amount": -5] }.codes.contains(.impactUnknown))
  }

  @Test func prohibitedContentIsFoundWhereverItHidesAndWhoeverWritesIt() {
    let hidden = [
      "We  GUARANTEE it", "wе guаrantee", "we gua\u{200B}rantee", "ｗｅ ｇｕａｒａｎｔｅｅ", "we\nguarantee", "we guar\u{1}antee",
      // A variation selector, a filler, a mark of another block; letters with marks, in circles, raised, small capital, script.
      "we gua\u{FE0F}rantee", "we gua\u{3164}rantee", "we gua\u{1AB0}rantee", "we\u{2800}guarantee", "wē ğuarantėe", "ⓦⓔ ⓖⓤⓐⓡⓐⓝⓣⓔⓔ",
      "we ɡuɑrantee", "ᴡᴇ ɢᴜᴀʀᴀɴᴛᴇᴇ", "we ℊuarant\u{212F}e", "𝐰𝐞 𝐠𝐮𝐚𝐫𝐚𝐧𝐭𝐞𝐞", "ᵂᵉ guarantee", "we gսarantee", "ᎳE GUARANTEE",
    ]
    for text in hidden {
      let verdict = verdict { $0.item = ["text": .string(text), "amount": 1, "kind": "a"] }
      #expect(verdict.route == .block, "\(text.debugDescription)")
      #expect(verdict.matches[0].evidence == "item.text")
    }
    #expect(verdict { $0.proposal = ["answer": "Of course we guarantee that"] }.route == .block)
    #expect(
      verdict { $0.item = ["text": "swe guarantees", "amount": 1, "kind": "a"] }.route == .auto, "whole words only")
    #expect(
      verdict { $0.item = ["text": "we", "tags": ["guarantee"], "amount": 1, "kind": "a"] }.route == .auto,
      "not across fields")
  }

  /// A person who asks for an expert gets one, whatever the file says of the code.
  @Test func aFindingMayNameTheMildestRouteItLeadsTo() {
    func found(_ route: Route) -> Route {
      verdict { $0.findings = [Finding(code: .contextAmbiguous, field: "review", detail: "asked", atLeast: route)] }.route
    }
    #expect([Route.auto, .review, .sme, .block].map(found) == [.review, .review, .sme, .block])
  }

  @Test func whatAdmissionFoundStaysAfterTheTextIsGone() {
    var facts = SmallPolicy.goodFacts
    facts.item = ["text": "we guarantee", "amount": 1, "kind": "a"]
    let admission = bundle.admit(facts)
    #expect(admission.isBlocked)
    facts.item = ["text": "harmless", "amount": 1, "kind": "a"]
    facts.admission = admission
    #expect(bundle.evaluate(facts).route == .block)
  }

  @Test func theStopSwitchMakesEveryAutomaticRouteAHumanOne() {
    let verdict = verdict { $0.stopped = "outage of the shop" }
    #expect(verdict.route == .review)
    #expect(verdict.matches.first { $0.code == .stopped }?.because == "automation is stopped: outage of the shop")
  }

  @Test func withoutAProposalOneReasonIsTold() {
    let verdict = verdict {
      $0.proposal = nil
      $0.action = nil
      $0.model = nil
      $0.findings = [Finding(code: .modelFailed, field: "", detail: "the model answered garbage")]
    }
    #expect(verdict.route.isHuman)
    #expect(verdict.codes.contains(.modelFailed))
    #expect(verdict.matches.filter { $0.rule == "proposal" }.count == 1)
  }

  @Test func equalFactsGiveEqualVerdicts() {
    let facts = SmallPolicy.goodFacts
    #expect(bundle.evaluate(facts) == bundle.evaluate(facts))
  }

  @Test func aHostileItemCostsOneCase() {
    var deep: JSON = "x"
    for _ in 0..<200 { deep = [deep] }
    let verdict = verdict {
      $0.item = [
        "text": .string(String(repeating: "we guarante ", count: 20_000)), "amount": .number(1e300), "kind": deep,
      ]
    }
    #expect(verdict.route.isHuman)
    #expect(verdict.matches.allSatisfy { $0.because.unicodeScalars.count <= 160 })
  }
}
