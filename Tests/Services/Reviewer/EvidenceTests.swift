import Identity
import JSON
import Permits
import Testing
import Wire

@testable import countersign_reviewer

/// Evidence that must be opened before somebody decides at high impact, and sources that change under a reader.
@Suite struct EvidenceTests {
  static func sources(_ total: JSON = 3, must: Bool = true, found: Bool = true) -> JSON {
    let fields: JSON = ["total": total, "note": "Pay on receipt"]
    var source = JSONObject([
      ("name", "order"), ("answered", true), ("found", .bool(found)), ("fetched_at", .integer(DeskFixture.now.microseconds)), ("shelf_life", 60),
      ("fields", fields), ("digest", .string(hex(sha256(fields.canonical)))),
    ])
    if must { source["must_view"] = true }
    return [.object(source), ["name": "mails", "answered": true, "found": true, "fields": ["subject": "Hello"]]]
  }

  private func desk(risk: String = "high", sources: JSON = sources()) throws -> DeskStep {
    let desk = try DeskStep()
    try desk.ask(DeskFixture.request(risk: risk, sources: sources))
    return desk
  }

  private func page(_ desk: DeskStep, _ person: Person = DeskFixture.ada, seen: Int64? = nil) throws -> String {
    let view = CaseView(DeskFixture.caseID, try desk.command(person, .view).body, desk.decider.workflows["pay"])
    return TaskPage(view: view, person: person, people: DeskFixture.people, formToken: "t", seen: seen, formKey: "f").html.text
  }

  @Test(arguments: ["approve", "edit", "reject"]) func nobodyDecidesWithoutHavingOpenedIt(verb: String) throws {
    let desk = try desk()
    let verb = try #require(Approval.Verb(rawValue: verb))
    let action = verb == .edit ? DeskFixture.action(5) : nil
    let refusal = try desk.decide(DeskFixture.ada, verb, action: action)
    #expect(refusal.status == 422 && refusal.body["code"] == "evidence.unopened" && refusal.body["sources"] == ["order"])
    #expect(desk.records.decisions.isEmpty)
    #expect(try desk.command(DeskFixture.ada, .openSource("order")).body["unopened"] == [])
    #expect(try desk.decide(DeskFixture.ada, verb, action: action).status == 202)
  }

  @Test func eachPersonOpensItForThemselves() throws {
    let desk = try desk()
    _ = try desk.command(DeskFixture.ben, .openSource("order"))
    #expect(try desk.decide(DeskFixture.ada).status == 422)
    let viewed = try #require(desk.records.events(.viewed).last)
    #expect(viewed["source"] == "order" && viewed.person == "P-ben" && viewed["digest"]?.string?.utf8.count == 64)
  }

  @Test func toHandACaseOnNobodyNeedsToHaveReadIt() throws {
    #expect(try desk().decide(DeskFixture.ada, .escalate).status == 202)
  }

  @Test(arguments: ["low", "medium"]) func belowHighImpactNothingIsAsked(risk: String) throws {
    let desk = try desk(risk: risk)
    #expect(try desk.decide(DeskFixture.ada).status == 202)
  }

  @Test func whatSaidNothingCannotBeOpened() throws {
    #expect(try desk(sources: Self.sources(found: false)).decide(DeskFixture.ada).status == 202)
    #expect(try desk(sources: Self.sources(must: false)).decide(DeskFixture.ada).status == 202)
  }

  @Test func anotherAnswerOfTheSourceIsOpenedAnew() throws {
    let desk = try desk()
    _ = try desk.command(DeskFixture.ada, .openSource("order"))
    try desk.ask(DeskFixture.request(version: 2, risk: "high", action: DeskFixture.action(7), sources: Self.sources()))
    #expect(try desk.command(DeskFixture.ada, .view).body["unopened"] == [], "the source says the same")
    try desk.ask(DeskFixture.request(version: 3, risk: "high", action: DeskFixture.action(7), sources: Self.sources(4)))
    #expect(try desk.command(DeskFixture.ada, .view).body["unopened"] == ["order"])
    #expect(try desk.decide(DeskFixture.ada).status == 422)
  }

  @Test func onlyWhoMaySeeTheTaskOpensItsSources() throws {
    let desk = try desk()
    #expect(try desk.command(DeskFixture.stranger, .openSource("order")).status == 403)
    #expect(try desk.command(DeskFixture.ada, .openSource("nothing")).body["code"] == "source.unknown")
  }

  @Test func theEvidenceStandsClosedUntilItIsOpened() throws {
    let desk = try desk()
    let closed = try page(desk)
    #expect(closed.contains("/sources/order/view") && closed.contains("data-key=\"v\"") && !closed.contains("Pay on receipt") && closed.contains("Hello"))
    _ = try desk.command(DeskFixture.ada, .openSource("order"))
    let opened = try page(desk)
    #expect(opened.contains("Pay on receipt") && opened.contains("opened by you") && !opened.contains("/sources/order/view"))
    #expect(try !page(desk, DeskFixture.ben).contains("Pay on receipt"))
  }

  @Test(arguments: [("Pay on receipt", "Pay on receipt "), ("IBAN 1", "IBAN l"), ("a.example", "\u{430}.example"), ("100", "1O0"), ("caf\u{E9}", "cafe\u{301}")])
  func oneChangedCharacterInASourceIsRefusedWithTheDifference(before: String, after: String) throws {
    let desk = try DeskStep()
    try desk.ask(DeskFixture.request(sources: Self.sources(.string(before))))
    let (version, view) = (try #require(desk.task?.version), try #require(desk.task?.view))
    try desk.ask(DeskFixture.request(version: 2, sources: Self.sources(.string(after))))
    let refusal = try desk.decide(DeskFixture.ada, version: version, view: view)
    #expect(refusal.status == 409 && refusal.body["code"] == "task.changed")
    let told = try #require(refusal.body["differences"]?.array)
    #expect(told.count == 1 && told[0]["part"] == "sources" && told[0]["place"] == "Order, total")
    #expect(told[0]["was"] == .string(before) && told[0]["is"] == .string(after))
    let text = try page(desk, seen: 1)
    #expect(text.contains("Changed since version 1") && text.contains("<ins>"))
    #expect(try !page(desk, seen: 2).contains("Changed since version 2"))
  }

  @Test func whatChangedInALongTextIsShownWhereItDid() throws {
    let long = String(repeating: "Lorem ipsum dolor. ", count: 400)
    let desk = try DeskStep()
    try desk.ask(DeskFixture.request(sources: Self.sources(.string(long + "pay 5" + long))))
    try desk.ask(DeskFixture.request(version: 2, sources: Self.sources(.string(long + "pay 6" + long))))
    let told = try #require(desk.task?.differences.first)
    let (was, now) = (try #require(told["was"]?.string), try #require(told["is"]?.string))
    #expect(was.contains("pay 5") && now.contains("pay 6") && was.unicodeScalars.count < 700)
  }

  @Test func theTimeOfFetchingAloneIsNoDifference() throws {
    let desk = try DeskStep()
    try desk.ask(DeskFixture.request(sources: [["name": "order", "answered": true, "found": true, "fetched_at": 1, "fields": ["total": 3]]]))
    try desk.ask(DeskFixture.request(version: 2, sources: [["name": "order", "answered": true, "found": true, "fetched_at": 2, "fields": ["total": 3]]]))
    #expect(desk.task?.differences == [])
  }
}
