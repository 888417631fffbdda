import JSON
import Lanes
import Messaging
import Testing
import Vault
import Wire

@testable import countersign_intake

@Suite("Forms and sources of items") struct DoorTests {
  private let headers: [(String, String?)] = [
    ("ce_specversion", "1.0"), ("ce_id", "d-1"), ("ce_source", "support-desk"),
    ("ce_type", "countersign.item.submitted.v1"),
    ("ce_workflow", "ticket-summary"), ("content-type", "application/json"),
  ]

  @Test("plain, binary and structured items of one content are one item") func forms() throws {
    let data = Fixture.ticket()
    let structured: JSON = [
      "specversion": "1.0", "id": "d-1", "source": "support-desk", "type": "countersign.item.submitted.v1",
      "workflow": "ticket-summary", "data": data, "traceparent": "x", "datacontenttype": "application/json",
    ]
    let messages = [
      Fixture.message(Fixture.item("d-1", data)), Fixture.message(data.canonical, headers),
      Fixture.message(structured.canonical, [("content-type", "application/cloudevents+json; charset=UTF-8")]),
      Fixture.message(structured.canonical),
    ]
    let admissions = try messages.map { try #require(try Fixture.admission($0)) }
    for admission in admissions {
      #expect(admission.claim == admissions[0].claim)
      #expect(admission.body.data == data)
      #expect(admission.body.item == "d-1" && admission.body.source == "support-desk")
    }
  }

  @Test("the other life of items is known and not served yet") func laterTypes() throws {
    for type in ["amended", "evidence"] {
      #expect(
        try Fixture.rejection(Fixture.message(Fixture.item("d", type: "countersign.item.\(type).v1")))?.code
          == .typeUnsupported)
    }
    #expect(
      try Fixture.rejection(Fixture.message(Fixture.item("d", type: "countersign.item.submitted.v2")))?.code
        == .typeUnknown)
  }

  @Test("a misspelt member is named") func misspelt() throws {
    let body: JSON = [
      "workflow": "ticket-summary", "source": "support-desk", "id": "d", "data": Fixture.ticket(), "tiem": "x",
    ]
    #expect(try Fixture.rejection(Fixture.message(body.canonical))?.violations.map(\.pointer) == ["/tiem"])
  }

  @Test("a topic of one source is for it alone") func ownTopic() throws {
    let own = try Fixture.decider(door: "intake.support-desk")
    #expect(try Fixture.admission(Fixture.message(Fixture.item("d"), topic: "intake.support-desk"), own) != nil)
    #expect(try Fixture.rejection(Fixture.message(Fixture.item("d")), own)?.code == .sourceUnknown)
    let common = try Fixture.decider()
    #expect(try Fixture.admission(Fixture.message(Fixture.item("d"), topic: "intake.support-desk"), common) != nil)
    #expect(
      try Fixture.rejection(Fixture.message(Fixture.item("d"), topic: "intake.erp"), common)?.code == .sourceUnknown)
  }

  @Test("times up to 7 days back and an hour ahead count") func times() throws {
    for (seconds, fits) in [(-7 * 86_400.0 + 1, true), (-7 * 86_400.0 - 1, false), (3_599, true), (3_601, false)] {
      let time = Fixture.now.adding(seconds: seconds).description
      #expect(try (Fixture.admission(Fixture.message(Fixture.item("d", time: time))) != nil) == fits)
    }
    #expect(
      try Fixture.rejection(Fixture.message(Fixture.item("d", time: "yesterday")))?.violations.map(\.pointer) == [
        "/time"
      ])
  }

  @Test("private values become tokens, and the sealed values give them back") func privateValues() throws {
    let customer: JSON = ["name": "Dev Patel", "email": "dev@example.org", "plan": "free"]
    let admission = try #require(
      try Fixture.admission(Fixture.message(Fixture.item("d", Fixture.ticket(customer: customer)))))
    let shown = try #require(admission.body.data["customer"])
    #expect(shown["plan"] == "free")
    #expect(admission.body.personal == ["email": 1, "name": 1])
    let email = try #require(shown["email"]?.string)
    #expect(email.hasPrefix("tok_email_") && email.utf8.count == "tok_email_".utf8.count + 22)
    let values = try Fixture.sealer.open(try #require(admission.body.sealed), caseID: admission.caseID)
    #expect(values[email] == "dev@example.org" && values.values.sorted() == ["Dev Patel", "dev@example.org"])
    #expect(admission.body.requester == Requester(id: email, verified: false))
  }

  @Test("the near hash looks over case and white space, the content digest does not") func nearHash() throws {
    let items = ["The export  stops.", "the EXPORT\n stops. ", "The export starts."]
    let bodies = try items.map {
      try #require(try Fixture.admission(Fixture.message(Fixture.item("d", Fixture.ticket($0))))).body
    }
    #expect(bodies[0].nearHash == bodies[1].nearHash && bodies[0].nearHash != bodies[2].nearHash)
    #expect(Set(bodies.map(\.contentHash)).count == 3)
  }

  @Test("folding keeps what stands in escapes apart") func folding() {
    let pairs: [(JSON, JSON)] = [("A  b\tc", "a b c"), (" Ä ", "ä"), ("x\\n", "X\\n")]
    for (a, b) in pairs { #expect(foldedText(a.canonical) == foldedText(b.canonical)) }
    #expect(foldedText(JSON.string("x\\n").canonical) != foldedText(JSON.string("x\n").canonical))
  }

  @Test("case ids pack into 16 bytes and back") func caseIDs() throws {
    var reading = Fixture.reading()
    for _ in 0..<100 {
      let id = reading.makeCaseID()
      let bytes = try #require(CaseKey.bytes(of: id))
      #expect(bytes.count == 16 && CaseKey.text(of: bytes) == id)
      #expect(CaseKey.madeAt(id).map { abs($0.seconds(since: Fixture.now)) < 1 } == true)
    }
    for text in [
      "", "x", "0198c0de-0000-4000-8000-000000000000", "0198C0DE-0000-7000-8000-000000000000",
      "0198c0de-0000-7000-8000-00000000000",
    ] {
      #expect(CaseKey.bytes(of: text) == nil)
    }
  }
}
