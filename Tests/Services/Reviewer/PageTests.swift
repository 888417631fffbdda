import Foundation
import Identity
import JSON
import Testing
import Wire

@testable import countersign_reviewer

/// What people see: hostile text is text, and what cannot be seen is made visible.
@Suite struct PageTests {
  private func html(_ request: ReviewRequested, _ person: Person = DeskFixture.ada, draft: Form = Form()) throws -> String {
    let desk = try DeskStep()
    try desk.ask(request)
    let file = try desk.command(person, .view)
    let view = CaseView(DeskFixture.caseID, file.body, desk.decider.workflows["pay"])
    return TaskPage(view: view, person: person, people: DeskFixture.people, formToken: "t", draft: draft, formKey: "f").html.text
  }

  @Test func anExpertsFormBeginsEmptyAndAsksFirstWhatOneKeyAnswers() throws {
    let folder = try #require(ShippedActionTests.folders.first { $0.hasSuffix("/compliance-class") })
    let desk = try DeskStep()
    try desk.ask(DeskFixture.request(risk: "high", action: nil, template: "C"))
    func form(draft: Form = Form()) throws -> String {
      let view = CaseView(DeskFixture.caseID, try desk.command(DeskFixture.ada, .view).body, try Workflow(folder: URL(fileURLWithPath: folder)))
      let page = TaskPage(view: view, person: DeskFixture.ada, people: DeskFixture.people, formToken: "t", draft: draft, formKey: "f")
      let text = DecisionForms(page: page).html.text
      let start = try #require(text.range(of: "<details class=\"verb\" data-key=\"e\"")), end = try #require(text[start.upperBound...].range(of: "</details>"))
      return String(text[start.lowerBound..<end.lowerBound])
    }
    let empty = try form()
    #expect(!empty.contains("checked") && !empty.contains("selected"), "no decision is made for anybody")
    #expect(empty.contains(" data-fill>") && empty.contains("value=\"sanctions\" required> Sanctions <kbd>2</kbd>"))
    let places = try ["<legend>Class", "<legend>Reason", "<label>Rationale", "<label>In words", "<label>Written rule"].map { try #require(empty.range(of: $0)).lowerBound }
    #expect(places == places.sorted())
    let draft = try form(draft: Form(values: ["verb": "edit", "field:/body/classification": "sanctions"]))
    #expect(draft.contains("value=\"sanctions\" required checked>") && draft.components(separatedBy: " checked").count == 2, "one’s own draft is there again")
  }

  @Test func markupInACaseStaysText() throws {
    let evil = "</textarea><script>alert(1)</script><img src=x onerror=\"go()\">'&"
    let text = try html(
      DeskFixture.request(action: DeskFixture.action(note: evil), because: evil, data: ["text": .string(evil), "\(evil)": 1]))
    #expect(!text.contains("<script") && !text.contains("<img") && text.contains("&lt;script&gt;"))
    #expect(text.components(separatedBy: "</textarea>").count == text.components(separatedBy: "<textarea").count)
  }

  @Test(arguments: ["\u{202E}", "\u{200B}", "\u{2066}", "\u{FEFF}", "\u{E0041}", "\u{7}", "\u{AD}", "\u{3164}", "\u{2800}"])
  func charactersThatCannotBeSeenAreShown(odd: Unicode.Scalar) throws {
    let text = try html(DeskFixture.request(data: ["text": .string("pay\(Character(odd))me")]))
    #expect(text.contains("U+" + String(odd.value, radix: 16, uppercase: true).leftPadded(to: 4)))
  }

  @Test func ordinaryTextIsLeftAlone() {
    for scalar in "Grüße, 日本語 — “quoted” ✓\n\t€".unicodeScalars { #expect(!isOdd(scalar)) }
  }

  @Test func whyComesBeforeWhatWouldChangeBeforeTheRequest() throws {
    let text = try html(DeskFixture.request())
    let places = ["Why you see this", "What would change", "The request", "What it rests on", "So far"].map { text.range(of: $0)?.lowerBound }
    #expect(places.allSatisfy { $0 != nil } && zip(places, places.dropFirst()).allSatisfy { $0! < $1! })
  }

  @Test func amountsAreShownWithTheirDifference() throws {
    let text = try html(DeskFixture.request())
    #expect(text.contains("1\u{202F}000.00 EUR") && text.contains("1\u{202F}200.00 EUR") && text.contains("+20%"))
  }

  @Test func highImpactAsksForASecondAct() throws {
    #expect(try html(DeskFixture.request(risk: "high")).contains("name=\"confirm\""))
    #expect(try !html(DeskFixture.request()).contains("name=\"confirm\""))
  }

  @Test func aRefusedDraftIsKept() throws {
    let draft = Form(Array("verb=reject&code=wrong_answer&words=I+had+%3Creasons%3E".utf8))
    let text = try html(DeskFixture.request(), draft: draft)
    #expect(text.contains("I had &lt;reasons&gt;</textarea>") && text.contains("value=\"wrong_answer\" required checked"))
  }

  @Test func anEditFormSendsBackWhatItShows() throws {
    let token = "tok_email_0123456789012345678901"
    let request = DeskFixture.json(DeskFixture.request(action: DeskFixture.action(note: "Dear \(token),\nhello", to: token)))
    let workflow = try #require(try DeskFixture.decider().workflows["pay"])
    var form = Form()
    for field in workflow.fields(of: request["action"]) where field.kind != .fixed {
      form["field:\(field.pointer)"] = field.value.map { $0.string.map(TokenNames(request).named) ?? $0.text } ?? ""
    }
    #expect(form["field:/body/note"] == "Dear [email 1],\nhello")
    #expect(workflow.action(from: form, for: request) == request["action"])
    form["field:/body/amount/minor"] = "5"
    #expect(workflow.action(from: form, for: request).at(pointer: "/body/amount/minor") == 5)
    form["field:/body/amount/minor"] = "five"
    #expect(!workflow.mistakes(in: workflow.action(from: form, for: request), for: request).isEmpty)
  }

  @Test func formsAreReadAsBrowsersSendThem() {
    let form = Form(Array("a=1%2B1+%3D+2&b=&a=other&c&text=one%0D%0Atwo&%zz=%4&=x".utf8))
    #expect(form["a"] == "1+1 = 2" && form["b"] == "" && form["c"] == "" && form["text"] == "one\ntwo" && form["%zz"] == "%4")
  }

  @Test func wordsThatDifferAreFound() {
    #expect(WordDiff.parts("pay 5 now", "pay 6 now") == [.same("pay "), .gone("5 "), .new("6 "), .same("now")])
    #expect(WordDiff.parts("", "") == [])
    let long = String(repeating: "word ", count: 700)
    #expect(WordDiff.parts(long, "x") == [.gone(long), .new("x")])
  }

  @Test func sessionsAreOursOnly() throws {
    let sessions = Sessions(seed: DeskFixture.key, isSecure: true)
    let header = sessions.cookie(for: DeskFixture.ada, now: DeskFixture.now)
    #expect(header.hasPrefix("__Host-countersign=") && header.contains("HttpOnly; SameSite=Strict") && header.hasSuffix("; Secure"))
    let cookie = String(header.split(separator: ";")[0].dropFirst("__Host-countersign=".count))
    let people = DeskFixture.people
    #expect(sessions.person(cookie: cookie, now: DeskFixture.now, people) == DeskFixture.ada)
    #expect(sessions.person(cookie: cookie, now: DeskFixture.now.adding(seconds: 9 * 3600), people) == nil)
    #expect(Sessions(seed: [UInt8](repeating: 8, count: 32), isSecure: true).person(cookie: cookie, now: DeskFixture.now, people) == nil)
    for index in cookie.indices {
      var changed = cookie
      changed.replaceSubrange(index...index, with: cookie[index] == "A" ? "B" : "A")
      #expect(sessions.person(cookie: changed, now: DeskFixture.now, people) == nil)
    }
    #expect(sessions.accepts(formToken: sessions.formToken(cookie: cookie), cookie: cookie))
    #expect(!sessions.accepts(formToken: sessions.formToken(cookie: cookie + "x"), cookie: cookie))
    #expect(!sessions.accepts(formToken: nil, cookie: cookie))
  }
}

extension String {
  fileprivate func leftPadded(to count: Int) -> String { String(repeating: "0", count: max(0, count - self.count)) + self }
}
