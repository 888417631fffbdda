import JSON
import Testing

@testable import countersign

/// What an operator reads of a case.
@Suite struct StoryTests {
  private func hop(_ type: String, body: JSON? = nil, facts: JSON = [:], service: String = "policy") -> JSON {
    var object = JSONObject([
      ("type", .string(type)), ("time", "2026-11-24T08:00:01.250000Z"), ("service", .string(service)), ("facts", facts),
      ("intact", true),
    ])
    object["body"] = body
    return .object(object)
  }

  @Test func aReviewTellsWhyAndWhoIsNeeded() {
    let told = narrate(
      hop(
        "countersign.review.requested.v1",
        body: [
          "route": "review", "confidence": 0.81,
          "matches": [["because": "item.total 412.50 differs from the order's 400.00"], ["because": "the goods receipt is missing"]],
          "quorum": ["of": 2, "branches": [["group": "finance", "count": 1], ["group": "security", "count": 2]]],
        ], facts: ["route": "review", "risk": "high"]))
    #expect(told.what == "A person must decide.")
    #expect(told.details == [
      "risk high, confidence 81.0 %", "because: item.total 412.50 differs from the order's 400.00",
      "because: the goods receipt is missing", "needed: 1 of finance and 2 of security",
    ])
  }

  @Test func aSignedDecisionIsReadFromItsClaims() {
    // {"alg":"EdDSA"} and {"sub":"Ana Petrova","verb":"reject","code":"amount.wrong","words":"ask for the receipt"}
    let token = "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJBbmEgUGV0cm92YSIsInZlcmIiOiJyZWplY3QiLCJjb2RlIjoiYW1vdW50Lndyb25nIiwid29yZHMiOiJhc2sgZm9yIHRoZSByZWNlaXB0In0.AAAA"
    let told = narrate(hop("countersign.decision.made.v1", body: ["decision": .string(token)]))
    #expect(told.what == "Ana Petrova rejected it.")
    #expect(told.details == ["reason: amount.wrong", "in their words: “ask for the receipt”"])
  }

  @Test func anEffectShowsWhatChanged() {
    let told = narrate(
      hop(
        "countersign.effect.reported.v1",
        body: [
          "status": "executed", "executor": "erp", "reason": "", "before": ["amount": 100, "state": "open", "old": 1],
          "after": ["amount": 120, "state": "open", "lines": [["sku": "A"]]],
        ]))
    #expect(told.what == "erp did it.")
    #expect(told.details == ["changed  amount: 100 → 120", "added    lines[1].sku: A", "removed  old: 1"])
  }

  @Test func anEffectThatWasDoneBeforeWasNotDoneAgain() {
    let told = narrate(
      hop("countersign.effect.reported.v1", body: ["status": "executed", "executor": "erp", "reason": "asked again: done before"]))
    #expect(told.what == "erp REFUSED to do it again.")
  }

  @Test func tokensAreShownAsNamesTheSameValueUnderTheSame() {
    let first = "tok_email_EIjN-Udsw7akqRdI64Np8m", second = "tok_email_AAAN-Udsw7akqRdI64Np8m"
    let hops: [JSON] = [
      hop("countersign.case.admitted.v1", body: ["requester": ["id": .string(first), "verified": true]], service: "intake"),
      hop("countersign.case.withdrawn.v1", body: ["reason": .string("\(second), not \(first); tok_x stays")], service: "intake"),
    ]
    let lines = Story(["case": "c", "hops": .array(hops)]).lines
    #expect(lines.contains { $0.contains("asked for by [email 1]") })
    #expect(lines.contains { $0.contains("[email 2], not [email 1]; tok_x stays") })
  }

  @Test func aRefusedDecisionAndAForeignRecordStandOut() {
    let refused = narrate(
      hop("countersign.decision.judged.v1", body: ["result": "refused", "reason": "the signature does not match", "person": "demo ana"]))
    #expect(refused.what == "Policy REFUSED the decision of demo ana.")
    #expect(refused.details == ["because: the signature does not match"])
    let foreign = narrate(
      hop("countersign.message.dead.v1", body: ["code": "foreign", "topic": "decisions", "partition": 1, "offset": 44, "reason": "no seal"]))
    #expect(foreign.what == "SECURITY: a record that is not ours stood on decisions/1/44 and was ignored.")
  }

  @Test func withoutContentsTheFactsAreTold() {
    let told = narrate(hop("countersign.case.judged.v1", facts: ["confidence": "0.988", "reasons": "confidence.sufficient"]))
    #expect(told.what == "Policy let the machine act alone.")
    #expect(told.details == ["confidence 0.988", "because: confidence.sufficient"])
    #expect(narrate(hop("countersign.outcome.v1", facts: ["outcome": "effect_unknown"])).what == "The case ended: effect unknown.")
  }

  @Test func typesThatAreNewAreToldByTheirName() {
    let told = narrate(hop("countersign.task.claimed.v1", body: ["person": "ana", "queue": "finance"], service: "reviewer"))
    #expect(told.what == "Reviewer: task claimed, ana.")
    #expect(told.details == ["queue finance"])
    #expect(narrate(hop("")).what == "Policy: .")
  }

  @Test func hostileTextCannotSteerTheTerminal() {
    let told = narrate(hop("countersign.case.withdrawn.v1", body: ["reason": "gone\u{1B}[2J\u{202E}\r\nfake line"]))
    #expect(told.details == ["reason: gone<U+1B>[2J<U+202E><U+D> fake line"])
  }

  @Test func everyTypeSurvivesABodyOfAnyShape() {
    let types = ["case.admitted", "model.requested", "proposal.pending", "proposal.made", "proposal.failed", "case.judged", "review.requested",
      "review.closed", "decision.made", "decision.undone", "decision.judged", "permit.issued", "permit.revoked", "effect.reported",
      "effect.noted", "outcome", "model.feedback", "intake.reply", "message.dead", "unheard.of"]
    let odd: [JSON] = [.null, 7, "text", [], [[], 1], ["decision": "a.b.c", "permit": "x", "matches": 3, "quorum": ["branches": [[:]]], "sources": [1],
      "parts": [["name": 1]], "draw": 1, "before": 1, "after": [[]], "probability": 1e300, "deadline": 9_223_372_036_854_775_807, "exp": 1]]
    for type in types {
      for body in odd { #expect(!narrate(hop("countersign.\(type).v1", body: body)).what.isEmpty) }
    }
  }

  @Test func theWholeStoryHasHeadRecordsAndWhatIsMissing() {
    let answer: JSON = [
      "case": "019ab000-0000-7000-8000-000000000001", "content": "hidden", "truncated": false, "missing": ["reviewer"],
      "record": ["workflow": "reply-draft", "outcome": "executed", "opened": "2026-11-24T08:00:00.000000Z", "ended": "2026-11-24T08:07:30.000000Z"],
      "hops": [hop("countersign.outcome.v1", facts: ["outcome": "executed"])],
    ]
    let lines = Story(answer).lines
    #expect(lines.prefix(3) == [
      "Case 019ab000-0000-7000-8000-000000000001", "  reply-draft, ended: executed, 1 record",
      "  from 2026-11-24 08:00:00.000 on, 8 min from first record to outcome",
    ])
    #expect(lines.contains("08:00:01.250  The case ended: executed."))
    #expect(lines.contains("The record lacks: reviewer."))
    #expect(lines.contains("1 of 1 contents are what the ledger committed to."))
  }
}
