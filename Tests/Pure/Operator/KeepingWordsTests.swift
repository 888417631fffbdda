import JSON
import Testing

@testable import countersign

/// What people read of holds and retention.
@Suite struct KeepingWordsTests {
  private func hop(_ type: String, body: JSON? = nil, facts: JSON = [:]) -> JSON {
    var object = JSONObject([("type", .string(type)), ("time", "2026-11-24T08:00:01.250000Z"), ("service", "audit"), ("facts", facts)])
    object["body"] = body
    return .object(object)
  }

  @Test func aCasesStoryTellsWhatBecameOfItsContents() {
    let held = narrate(
      hop("countersign.hold.changed.v1", body: ["act": "placed", "person": "demo P-mia", "reason": "matter 7"], facts: ["reviewer": "demo P-mia", "decision": "placed"]))
    #expect(held.what == "demo P-mia placed a legal hold: nothing of the case is destroyed.")
    #expect(held.details == ["because: matter 7"])
    // Without contents the facts have to do.
    let ended = narrate(hop("countersign.hold.changed.v1", facts: ["reviewer": "demo P-ivo", "decision": "released"]))
    #expect(ended.what == "demo P-ivo ended a legal hold, as the second of two.")
    let going = narrate(hop("countersign.content.erasing.v1", facts: ["reasons": "retention.brief"]))
    #expect(going.what == "Contents of the case go, by the retention class brief; facts and proofs stay.")
    let told = narrate(
      hop("countersign.content.erasing.v1", body: ["class": "brief", "days": 190, "positions": "4-9,12", "parts": ["item", "model"]], facts: [:]))
    #expect(told.what == "Contents of the case go, by the retention class brief (190 days after its end); facts and proofs stay.")
    #expect(told.details == ["of records 4-9,12", "its parts: item, model"])
    #expect(narrate(hop("countersign.content.erased.v1", body: ["contents": 7, "erasing": 40, "bytes": 900])).what == "7 contents are destroyed.")
  }

  @Test func theFootOfAStoryCountsThem() {
    let gone: JSON = ["type": "t", "time": "2026-11-24T08:00:01.250000Z", "intact": .null, "erased_by": 40]
    let lines = Story(["case": "c", "hops": .array([gone]), "held": true, "missing": []]).lines
    #expect(lines.contains { $0.hasSuffix("its content is gone, as record 40 says") })
    #expect(lines.contains("1 contents are gone by retention; their facts and proofs are here."))
    #expect(lines.contains("A legal hold keeps what is left."))
    #expect(!lines.contains { $0.contains("WARNING") })
  }

  @Test func retentionIsToldInALineForEachClass() {
    let answer: JSON = [
      "classes": [
        ["class": "brief", "days": 400, "parts": ["item": 190, "model": 400, "people": 400, "action": 400], "workflows": ["ticket-summary"]],
        ["class": "standard", "days": 400, "parts": ["item": 400, "model": 400, "people": 400, "action": 400], "workflows": []],
      ],
      "others": "standard", "notice_hours": 24, "holds": 2, "erased": ["cases": 3, "contents": 21, "bytes": 9_000],
      "sweep": ["last": "2026-11-24T08:00:00Z", "cases": 50, "held": 1, "begun": 4, "waiting": 1, "failure": .null],
    ]
    #expect(RetentionCommand.told(answer) == [
      "brief: 400 days (item 190): ticket-summary", "standard: 400 days: all others", "looked    2026-11-24T08:00:00Z: 50 cases, 1 of them held",
      "going     4 said to go within 24 hours, 1 kept by a hold or waiting for a checkpoint", "gone      21 contents of 3 cases, 9000 bytes", "holds     2 stand",
    ])
    #expect(RetentionCommand.told(["classes": []]).first?.contains("Nothing is declared") == true)
  }

  @Test func aHoldIsToldWithWhoSaidWhat() {
    let hold: JSON = [
      "hold": "H-1", "scope": "case", "value": "c", "placed": ["by": "demo P-mia", "at": "t1", "reason": "matter 7"],
      "asked": ["by": "demo P-mia", "at": "t2"], "released": .null,
    ]
    #expect(HoldCommand.List.told(hold) == [
      "H-1  case c", "    placed by demo P-mia at t1: matter 7", "    its end asked for by demo P-mia at t2",
    ])
  }
}
