import Bundles
import Domain
import JSON
import Testing

/// What the shipped policies decide about cases as their models propose them.
@Suite struct ShippedTests {
  private func codes(_ verdict: Verdict) -> Set<ReasonCode> { Set(verdict.codes) }

  // MARK: ticket-summary

  static var ticket: CaseFacts {
    var facts = CaseFacts(item: [
      "ticket": "T-1001", "subject": "Export stops at 500 rows", "body": "The export ends after 500 rows.",
      "channel": "web",
    ])
    facts.proposal = [
      "summary": "The export ends after 500 rows.", "category": "bug", "priority": "normal", "quotes": [],
    ]
    facts.action = ["type": "ticket.summary.set", "body": ["summary": "[bug, normal] The export ends after 500 rows."]]
    facts.sources = [
      SourceFacts(
        name: "ticket", age: 2, fields: ["id": "T-1001", "status": "open", "subject": "Export stops at 500 rows"])
    ]
    facts.model = 0.95
    facts.retrieval = 1
    return facts
  }

  @Test func aGoodSummaryIsAutomaticAndEachFaultIsNot() throws {
    let bundle = try Workflows.bundle("ticket-summary")
    #expect(bundle.evaluate(Self.ticket).route == .auto)
    #expect(bundle.sampling.mode == .hold && bundle.sampling.rate == 0.08)
    let cases: [(Route, ReasonCode, (inout CaseFacts) -> Void)] = [
      (.review, .confidenceLow, { $0.model = 0.55 }),
      (.review, .personalData, { $0.personal = ["email": 1] }),
      (.review, .contextMalformed, { $0.item = $0.item.with("truncated", true) }),
      (.review, .contextConflict, { $0.item = $0.item.with("subject", "Login") }),
      (.review, .policyRisk, { $0.proposal = $0.proposal?.with("category", "security") }),
      (.sme, .secretFound, { $0.personal = ["secret": 1] }),
      (.sme, .impactStated, { $0.item = $0.item.with("risk", "high") }),
      (.block, .policyProhibited, { $0.item = $0.item.with("body", "My password is hunter22, please help.") }),
      (.block, .policyProhibited, { $0.proposal = $0.proposal?.with("summary", "The API key: sk1234567") }),
    ]
    for (number, (route, code, change)) in cases.enumerated() {
      var facts = Self.ticket
      change(&facts)
      let verdict = bundle.evaluate(facts)
      #expect(verdict.route == route, "case \(number): \(bundle.explain(verdict))")
      #expect(codes(verdict).contains(code), "case \(number): \(bundle.explain(verdict))")
    }
  }

  /// Found on a sample: complaints about a password are no credentials.
  @Test func aWrongPasswordIsNoCredential() throws {
    var facts = Self.ticket
    facts.item = facts.item.with("body", "The page says that my password is wrong, and my old password was too short.")
    #expect(try Workflows.bundle("ticket-summary").evaluate(facts).route == .auto)
  }

  /// The overlay of ruling 17: the article alone would send these to an expert.
  @Test func lowRiskWithLowConfidenceGoesToTheFirstTier() throws {
    let bundle = try Workflows.bundle("ticket-summary")
    var facts = Self.ticket
    facts.model = 0.51
    facts.retrieval = 0.4
    #expect(bundle.evaluate(facts).route == .review)
    #expect(try Workflows.article().evaluate(facts).route == .sme)
    facts.item = facts.item.with("risk", "medium")
    #expect(bundle.evaluate(facts).route == .sme)
  }

  // MARK: reply-draft

  static var reply: CaseFacts {
    var facts = CaseFacts(item: [
      "thread": "M-4001", "subject": "Broken", "message": "Two glasses broke.",
      "customer": ["name": "tok_1", "email": "tok_2"],
    ])
    facts.proposal = [
      "subject": "Your order", "text": "We are sorry.", "template": "damaged-item", "tone": "friendly",
      "tone_score": 90,
      "customer_tone": "calm", "missing": [],
    ]
    facts.action = ["type": "mail.send", "body": ["to": ["tok_2"], "text": "We are sorry."]]
    facts.sources = [SourceFacts(name: "thread", fields: ["id": "M-4001", "messages": []])]
    facts.personal = ["name": 1, "email": 1]
    facts.model = 0.9
    facts.retrieval = 0.9
    return facts
  }

  @Test func noReplyLeavesAloneAndEachEscalationNamesItsTrigger() throws {
    let bundle = try Workflows.bundle("reply-draft")
    let plain = bundle.evaluate(Self.reply)
    #expect(plain.route == .review)
    #expect(!codes(plain).contains(.personalData))
    #expect(plain.quorum == .group("support-agents", count: 1))
    #expect(bundle.ladder.map(\.afterMinutes) == [0, 4, 8])
    let cases: [(Route, ReasonCode, (inout CaseFacts) -> Void)] = [
      (.review, .personalData, { $0.personal = ["name": 1, "email": 1, "phone": 1] }),
      (.review, .personalData, { $0.personal = ["card": 1] }),
      (.review, .toneMismatch, { $0.proposal = $0.proposal?.with("customer_tone", "angry") }),
      (.review, .confidenceLow, { $0.model = 0.45 }),
      (.review, .toneMismatch, { $0.proposal = $0.proposal?.with("tone_score", 69) }),
      (.review, .toneMismatch, { $0.proposal = $0.proposal?.with("tone", "harsh") }),
      (.sme, .policyRisk, { $0.proposal = $0.proposal?.with("customer_tone", "threatening") }),
      (.sme, .impactMandatoryHuman, { $0.proposal = $0.proposal?.with("customer_tone", "threatening") }),
      (.review, .contextUnsupported, { $0.proposal = $0.proposal?.with("missing", ["order"]) }),
      (.block, .policyProhibited, { $0.action = ["body": ["text": "We guarantee that it never happens again."]] }),
      (.block, .policyProhibited, { $0.proposal = $0.proposal?.with("text", "That was your own fault.") }),
    ]
    for (number, (route, code, change)) in cases.enumerated() {
      var facts = Self.reply
      change(&facts)
      let verdict = bundle.evaluate(facts)
      #expect(verdict.route == route, "case \(number): \(bundle.explain(verdict))")
      #expect(codes(verdict).contains(code), "case \(number): \(bundle.explain(verdict))")
    }
  }

  // MARK: access-request

  static var access: CaseFacts {
    var facts = CaseFacts(item: [
      "person": "P-ada", "requester": "P-ada", "manager": "P-noor", "role": "Support agent",
      "request": "I need the wiki.", "from": "2026-11-24",
    ])
    facts.proposal = [
      "entitlement": "wiki", "level": "read", "expires": "2027-02-22", "privileged": false, "usual_for_role": true,
      "held_level": "none", "delta": "none → read", "why": "usual",
    ]
    facts.action = ["type": "entitlement.grant", "body": ["entitlement": "wiki.read", "expires": "2027-02-22"]]
    facts.sources = [
      SourceFacts(
        name: "entitlements",
        fields: ["id": "P-ada", "manager": "P-noor", "grants": [["entitlement": "tickets.write"]]])
    ]
    facts.requester = Requester(id: "P-ada", verified: true)
    facts.model = 0.95
    facts.retrieval = 1
    return facts
  }

  @Test func aPrivilegeTakesTwoPeopleAndSeparatedDutiesStaySeparate() throws {
    let bundle = try Workflows.bundle("access-request")
    let plain = bundle.evaluate(Self.access)
    #expect(plain.route == .review, "\(bundle.explain(plain))")
    #expect(plain.quorum == .group("line-managers", count: 1))
    var facts = Self.access
    facts.action = ["type": "entitlement.grant", "body": ["entitlement": "payments.release", "expires": "2026-12-24"]]
    let privilege = bundle.evaluate(facts)
    #expect(privilege.route == .sme)
    #expect(privilege.risk == .high)
    #expect(codes(privilege).isSuperset(of: [.privilegeChange, .impactHigh, .impactMandatoryHuman]))
    #expect(privilege.quorum == .all([.group("line-managers", count: 1), .group("security-reviewers", count: 1)]))
    facts.sources[0].fields = facts.sources[0].fields?.with("grants", [["entitlement": "ledger.write"]])
    #expect(bundle.evaluate(facts).route == .block)
    #expect(bundle.evaluate(facts).codes.contains(.policyConflict))
  }

  @Test func accessEscalatesOnExceptionsAndConflicts() throws {
    let bundle = try Workflows.bundle("access-request")
    let cases: [(Route, ReasonCode, (inout CaseFacts) -> Void)] = [
      (.sme, .exceptionAsked, { $0.action = ["body": ["entitlement": "wiki.read", "expires": "2027-11-26"]] }),
      (.review, .contextMalformed, { $0.action = ["body": ["entitlement": "wiki.read", "expires": "2026-11-24"]] }),
      (.review, .exceptionAsked, { $0.proposal = $0.proposal?.with("usual_for_role", false) }),
      (.review, .contextConflict, { $0.item = $0.item.with("manager", "P-ruth") }),
      (.sme, .contextConflict, { $0.item = $0.item.with("manager", "P-ada") }),
      (.review, .requesterUnverified, { $0.requester.verified = false }),
      (.sme, .contextMissingSource, { $0.sources[0].found = false }),
      (.sme, .contextProbeFailed, { $0.sources[0].answered = false }),
      (.sme, .contextStale, { $0.sources[0].age = 3_601 }),
      (.block, .policyProhibited, { $0.item = $0.item.with("request", "Please open a shared account for us.") }),
      (.sme, .policyError, { $0.action = ["body": ["entitlement": "wiki.read", "expires": "soon"]] }),
    ]
    for (number, (route, code, change)) in cases.enumerated() {
      var facts = Self.access
      change(&facts)
      let verdict = bundle.evaluate(facts)
      #expect(verdict.route == route, "case \(number): \(bundle.explain(verdict))")
      #expect(codes(verdict).contains(code), "case \(number): \(bundle.explain(verdict))")
    }
    #expect(bundle.rules.allSatisfy { $0.owner == "security-lead" })
  }

  /// The playbook's row for access requests: an approver and a security reviewer on a privilege change or an exception.
  @Test func anExceptionAndOtherPeoplesDataTakeASecurityReviewer() throws {
    let bundle = try Workflows.bundle("access-request")
    let both = Quorum.all([.group("line-managers", count: 1), .group("security-reviewers", count: 1)])
    let changes: [(inout CaseFacts) -> Void] = [
      { $0.proposal = $0.proposal?.with("usual_for_role", false) },
      { $0.action = ["body": ["entitlement": "personnel.read", "expires": "2026-12-24"]] },
      { $0.requester.verified = false },
    ]
    for (number, change) in changes.enumerated() {
      var facts = Self.access
      change(&facts)
      #expect(bundle.evaluate(facts).quorum == both, "change \(number)")
    }
  }

  // MARK: invoice-exception

  static func invoice(_ amount: Int64, ordered: Int64 = 190_000) -> CaseFacts {
    let total: JSON = ["minor": .integer(amount), "currency": "EUR"]
    var facts = CaseFacts(item: [
      "invoice": "INV-2002", "order": "PO-3002", "supplier": ["name": "Okapi Print Ltd"], "amount": total,
      "note": "paper surcharge",
    ])
    facts.proposal = ["resolution": "approve", "pay": total, "order_match": "over", "receipt_match": "complete"]
    facts.action = ["type": "invoice.resolve", "body": ["resolution": "approve", "amount": total, "note": "x"]]
    facts.sources = [
      SourceFacts(
        name: "invoice", fields: ["id": "INV-2002", "total": total, "status": "open", "payment_block": .null]),
      SourceFacts(name: "order", fields: ["id": "PO-3002", "total": ["minor": .integer(ordered), "currency": "EUR"]]),
      SourceFacts(name: "receipts", fields: ["order": "PO-3002", "items": [["order": "PO-3002"]]]),
    ]
    facts.requester = Requester(id: "erp", verified: true)
    facts.model = 0.9
    facts.retrieval = 1
    return facts
  }

  @Test func aDiscrepancyPassesBothThresholdsOrNone() throws {
    let bundle = try Workflows.bundle("invoice-exception")
    let over = bundle.evaluate(Self.invoice(195_700))
    #expect(
      over.matches.first { $0.rule == "amount_differs" }?.because
        == "discrepancy 3% (57.00 EUR), allowed 2% or 20.00 EUR")
    #expect(over.route == .review)
    #expect(
      !bundle.evaluate(Self.invoice(193_800)).codes.contains(.amountDiscrepancy),
      "exactly two percent is within tolerance")
    #expect(
      !bundle.evaluate(Self.invoice(21_900, ordered: 20_000)).codes.contains(.amountDiscrepancy),
      "19.00 is under the absolute floor")
    #expect(bundle.evaluate(Self.invoice(180_000)).codes.contains(.amountDiscrepancy), "under counts as over does")
    #expect(bundle.evaluate(Self.invoice(220_000)).route == .sme)
  }

  @Test func invoicesEscalateOnMissingEvidenceConflictsAndSize() throws {
    let bundle = try Workflows.bundle("invoice-exception")
    let cases: [(Route, ReasonCode, (inout CaseFacts) -> Void)] = [
      (.sme, .contextMissingSource, { $0.sources[2].fields = ["order": "PO-3002", "items": []] }),
      (.sme, .contextMissingSource, { $0.sources[1].found = false }),
      (.sme, .contextProbeFailed, { $0.sources[1].answered = false }),
      (.sme, .contextConflict, { $0.sources[1].fields = ["total": ["minor": 190_000, "currency": "USD"]] }),
      (
        .review, .contextConflict,
        { $0.sources[0].fields = $0.sources[0].fields?.with("total", ["minor": 1, "currency": "EUR"]) }
      ),
      (
        .sme, .policyRisk,
        { $0.sources[0].fields = $0.sources[0].fields?.with("payment_block", ["reason": "supplier under review"]) }
      ),
      (.block, .policyConflict, { $0.sources[0].fields = $0.sources[0].fields?.with("status", "paid") }),
      (.block, .amountDiscrepancy, { $0.action = ["body": ["amount": ["minor": 195_701, "currency": "EUR"]]] }),
      (.sme, .policyProhibited, { $0.item = $0.item.with("note", "Please use our new bank account.") }),
      (.review, .personalData, { $0.personal = ["iban": 2, "email": 1] }),
    ]
    for (number, (route, code, change)) in cases.enumerated() {
      var facts = Self.invoice(195_700)
      change(&facts)
      let verdict = bundle.evaluate(facts)
      #expect(verdict.route == route, "case \(number): \(bundle.explain(verdict))")
      #expect(codes(verdict).contains(code), "case \(number): \(bundle.explain(verdict))")
    }
    let large = bundle.evaluate(Self.invoice(1_860_000, ordered: 1_860_000))
    #expect(large.risk == .high)
    #expect(large.quorum.fewest == 2)
    #expect(
      large.matches.first { $0.code == .impactHigh }?.because == "18,600.00 EUR is paid, two approve from 10,000.00 EUR"
    )
  }

  // MARK: compliance-class

  @Test func complianceIsAnExpertsAndAConflictOfRulesTakesTwo() throws {
    let bundle = try Workflows.bundle("compliance-class")
    var facts = CaseFacts(item: [
      "matter": "K-5001", "kind": "transaction", "jurisdiction": "LV", "text": "Payment to a name on the list.",
    ])
    facts.proposal = [
      "advice": "clear", "candidates": [["class": "clear", "share": 90]], "ambiguous": false, "rules": [],
      "evidence": [],
    ]
    facts.sources = [SourceFacts(name: "classification", fields: ["id": "K-5001"])]
    facts.model = 1
    facts.retrieval = 1
    let sure = bundle.evaluate(facts)
    #expect(sure.route == .sme)
    #expect(sure.quorum == .group("compliance-experts", count: 1))
    #expect(codes(sure).isSuperset(of: [.templateMandatorySME, .impactMandatoryHuman]))
    facts.proposal = facts.proposal?.with(
      "rules", [["rule": "S-1", "class": "sanctions"], ["rule": "X-2", "class": "export_control"]])
    let conflict = bundle.evaluate(facts)
    #expect(conflict.codes.contains(.policyConflict))
    #expect(conflict.quorum == .group("compliance-experts", count: 2))
    facts.item = facts.item.with("text", "He wrote: keep compliance out of this.")
    let hindered = bundle.evaluate(facts)
    #expect(hindered.route == .block)
    // Although the rules conflict too, it is the officer's.
    #expect(hindered.quorum == .group("compliance-officers", count: 1) && hindered.queue == "compliance-officer")
  }
}
