import Identity
import JSON
import Permits
import Testing
import Wire

@testable import countersign_reviewer

/// What would change, side by side, and what of it could be overlooked.
@Suite struct ChangeTests {
  private func rows(_ current: JSON?, _ versions: JSON?..., schema: JSON? = nil) -> [String] {
    SideBySide(current: current, versions: versions, schema: schema).rows.map { row in
      row.title + ": " + row.values.map { $0?.text ?? "nothing" }.joined(separator: " | ") + (row.isSame ? " =" : "")
    }
  }

  @Test func fieldsThatTheActionDoesNotNameAreLeftOut() {
    #expect(rows(["a": 1, "b": 2], ["a": 3], ["a": 4]) == ["A: 1 | 3 | 4"])
    #expect(rows(["a": 1], ["a": 1], ["a": 1]) == ["A: 1 | 1 | 1 ="])
    #expect(rows(nil, ["a": 1]) == ["A: nothing | 1"])
  }

  @Test func entriesOfListsAreFoundByWhatIdentifiesThem() {
    let now: JSON = ["lines": [["sku": "A", "quantity": 1], ["sku": "B", "quantity": 2]]]
    let proposed: JSON = ["lines": [["sku": "B", "quantity": 3], ["sku": "C", "quantity": 4]]]
    #expect(
      rows(now, proposed) == [
        "Lines, A: {\"quantity\":1,\"sku\":\"A\"} | nothing", "Lines, B, quantity: 2 | 3", "Lines, B, sku: \"B\" | \"B\" =",
        "Lines, C, quantity: nothing | 4", "Lines, C, sku: nothing | \"C\"",
      ])
    #expect(rows(["to": ["a", "b"]], ["to": ["a", "c"]]) == ["To: [\"a\",\"b\"] | [\"a\",\"c\"]"])
  }

  @Test func titlesComeFromTheSchema() {
    let schema: JSON = ["required": ["sum"], "properties": ["sum": ["title": "To pay"], "a": ["title": "Other"]]]
    #expect(rows(["sum": 1], ["a": 1, "sum": 2], schema: schema) == ["To pay: 1 | 2", "Other: nothing | 1"])
  }

  static let deltas: [(before: JSON, after: JSON, words: String?)] = [
    (["minor": 100_000, "currency": "EUR"], ["minor": 120_000, "currency": "EUR"], "+200.00 EUR (+20%)"),
    (["minor": 120_000, "currency": "EUR"], ["minor": 119_999, "currency": "EUR"], "−0.01 EUR (less than 0.1%)"),
    (["minor": 1, "currency": "EUR"], ["minor": 1, "currency": "USD"], "another currency"),
    (10, 15, "+5 (+50%)"), (0, 7, "+7 (from nothing)"), (1.5, 1.25, "−0.25 (−17%)"), (3, 3, nil), ("a", "b", nil),
    ("2026-11-24", "2026-12-06", "12 days later"), ("2026-11-24", "2026-11-23", "1 day earlier"),
    ("2026-11-24T08:00:00Z", "2026-11-24T11:30:00Z", "3 hours later"), ("2026-02-30", "2026-03-01", nil),
  ]

  @Test(arguments: deltas) func distancesAreToldInWords(before: JSON, after: JSON, words: String?) {
    #expect(Delta.words(before, after) == words)
  }

  @Test func aDateIsToldFromToday() {
    let now = Instant(rfc3339: "2026-11-24T08:00:00Z")!
    #expect(Delta.fromNow("2026-12-24", now) == "in 30 days" && Delta.fromNow("2026-11-24", now) == "today")
    #expect(Delta.fromNow("2026-11-20", now) == "4 days ago" && Delta.fromNow("12345678901", now) == nil)
  }

  @Test func wordsThatOnlyLookTheSameDiffer() {
    #expect(WordDiff.parts("caf\u{E9} now", "cafe\u{301} now") == [.gone("caf\u{E9} "), .new("cafe\u{301} "), .same("now")])
    let html = TextChange("caf\u{E9} now", "cafe\u{301} now").after.text
    #expect(html.contains("U+0063 U+0061 U+0066 U+0065 U+0301"))
  }

  @Test func longTextsAreTakenApartWhereTheyDiffer() {
    let long = (0..<3_000).map { "word\($0) " }.joined()
    #expect(WordDiff.parts(long + "pay 5 now" + long, long + "pay 6 now" + long).filter { if case .same = $0 { false } else { true } } == [.gone("5 "), .new("6 ")])
  }

  @Test(arguments: [("a b", "a  b", "··"), ("a b", "a\nb", "⏎"), ("a b", "a\tb", "⇥"), ("a b", "a\u{A0}b", "U+00A0"), ("a", "a ", "·")])
  func whiteSpaceThatDiffersIsShown(before: String, after: String, shown: String) {
    let html = TextChange(before, after).after.text.replacing("</span><span class=\"space\" title=\"space\">", with: "")
    #expect(html.contains(shown), "\(html)")
  }

  static let alike: [(text: String, letters: [Int])] = [
    ("p\u{430}ypal", [1]), ("\u{440}\u{430}\u{443}", []), ("pay \u{440}\u{430}\u{443}", [4, 5, 6]), ("\u{43F}\u{440}\u{438}\u{432}\u{435}\u{442} pay \u{43E}", []),
    ("Grüße, 日本語 — “quoted” ✓", []), ("\u{212A}elvin", [0]), ("𝐩ay", [0]), ("example.com\u{2044}login", [11]), ("ΑΒΓ αβγ", []), ("naïve café", []), ("ΝΑΤΟ and us", [0, 1, 2, 3]),
    ("ｐay", [0]), ("Сhase", [0]), ("Россия и USA", []),
  ]

  @Test(arguments: alike) func lettersThatLookLikeOthersAreFound(text: String, letters: [Int]) {
    #expect(Lookalikes(text).places.keys.sorted() == letters, "\(text)")
  }

  private func page(_ desk: DeskStep, _ person: Person, draft: Form = Form()) throws -> String {
    let view = CaseView(DeskFixture.caseID, try desk.command(person, .view).body, desk.decider.workflows["pay"])
    return TaskPage(view: view, person: person, people: DeskFixture.people, formToken: "t", draft: draft, formKey: "f").html.text
  }

  @Test func anEditThatIsNotSentStandsBesideTheProposal() throws {
    let desk = try DeskStep()
    try desk.ask(DeskFixture.request())
    #expect(try !page(desk, DeskFixture.ada).contains(">Yours</th>"))
    let draft = Form(values: ["verb": "edit", "field:/body/amount/minor": "90000", "field:/body/amount/currency": "EUR", "field:/body/note": "As delivered"])
    let text = try page(desk, DeskFixture.ada, draft: draft)
    #expect(text.contains("<th scope=\"col\">Now</th><th scope=\"col\">Proposed</th><th scope=\"col\">Yours</th>"))
    #expect(text.contains("−300.00 EUR (−25%)") && text.contains("+200.00 EUR (+20%)"))
    #expect(text.contains("removed: </span>ordered") && text.contains("added: </span>delivered"))
  }

  @Test func aMistakeInAnEditIsToldBeforeItIsSent() throws {
    let desk = try DeskStep()
    try desk.ask(DeskFixture.request())
    #expect(try page(desk, DeskFixture.ada, draft: Form(values: ["verb": "edit", "field:/body/note": ""])).contains("class=\"mistakes\""))
  }

  @Test func theSecondPersonSeesWhatTheFirstHasEdited() throws {
    let desk = try DeskStep()
    try desk.ask(DeskFixture.request(quorum: DeskFixture.two))
    let edited = DeskFixture.action(99_000)
    _ = try desk.decide(DeskFixture.ada, .edit, action: edited)
    try desk.ask(DeskFixture.request(version: 2, quorum: DeskFixture.two, action: edited, editors: ["countersign.demo P-ada"]))
    #expect(desk.task?.proposed == DeskFixture.action())
    #expect(try page(desk, DeskFixture.ben).contains("<th scope=\"col\">Proposed</th><th scope=\"col\">Edited by Name of P-ada</th>"))
    try desk.ask(DeskFixture.request(version: 3, quorum: DeskFixture.two))
    #expect(desk.task?.proposed == nil, "nobody's edit any more")
  }

  @Test func aFieldThatHidesSomethingSaysSo() throws {
    let desk = try DeskStep()
    try desk.ask(DeskFixture.request(action: DeskFixture.action(note: "pay\u{202E}now")))
    #expect(try page(desk, DeskFixture.ada).contains("holds what cannot be seen or looks alike: pay<span class=\"odd\" title=\"a character that cannot be seen\">U+202E</span>now"))
  }
}
