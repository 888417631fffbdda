@testable import Embedded
import JSON
import Testing

@Suite("Texts, dates, templates") struct TextTests {
  @Test(
    "sentences end where a reader ends them",
    arguments: [
      ("It stops. It fails! Why?", ["It stops.", "It fails!", "Why?"]),
      ("Version 7.2 fails, e.g. on Windows. Help.", ["Version 7.2 fails, e.g. on Windows.", "Help."]),
      ("Hello,\n  the box is broken\n\n...", ["Hello,", "the box is broken"]), ("", []), (" \n\t", []),
      ("no end", ["no end"]),
    ])
  func sentences(text: String, expected: [String]) { #expect(Sentences.split(text) == expected) }

  @Test("a cut text keeps to its length and says that something is missing")
  func cut() {
    #expect("abcdef".cut(to: 6) == "abcdef")
    #expect("abcdefg".cut(to: 6) == "abcde…")
    #expect("e\u{301}e\u{301}".cut(to: 3).unicodeScalars.count == 3)
  }

  @Test(
    "days of the calendar",
    arguments: [
      ("2026-02-28", 1, "2026-03-01"), ("2028-02-28", 1, "2028-02-29"), ("2026-12-31", 1, "2027-01-01"),
      ("2026-11-24", 90, "2027-02-22"),
      ("1970-01-01", 0, "1970-01-01"), ("0001-01-01", 365, "0002-01-01"), ("2000-03-01", -1, "2000-02-29"),
      ("9999-12-31", 5, "9999-12-31"),
    ])
  func days(from: String, count: Int, to: String) { #expect(CivilDate(from)?.adding(days: count).text == to) }

  @Test(
    "what is no day",
    arguments: [
      "2026-02-29", "2026-13-01", "2026-00-10", "2026-1-01", "20260101", "", "2026-04-31",
      "٢٠٢٦-٠١-٠١", "2026-01-01T",
    ])
  func noDays(text: String) { #expect(CivilDate(text) == nil) }

  @Test("whole phrases are found through case, look-alikes and invisible characters; parts of words are not")
  func phrases() {
    let book = PhraseBook(["inside information", "payslip*", "gift"])
    #expect(book.found(in: FoldedText("INSIDE\n information")) == [0])
    #expect(book.found(in: FoldedText("ins\u{200B}ide inform\u{430}tion, PaySlips")) == [0, 1])
    #expect(book.found(in: FoldedText("gifted upside information")) == [])
    #expect(PhraseBook([]).found(in: FoldedText("gift")) == [])
  }

  @Test("a template fills values of any type, and only names that are there")
  func template() {
    let form = ActionTemplate([
      "type": "x", "path": "/a/{item.id}", "body": ["n": "{output.n}", "s": "no. {output.n}", "list": ["{item.id}"]],
    ])
    let action = form.action(item: ["id": "A-1"], output: ["n": 5])
    #expect(action == ["type": "x", "path": "/a/A-1", "body": ["n": 5, "s": "no. 5", "list": ["A-1"]]])
    #expect(form.action(item: ["id": "A-1"], output: [:]) == nil)
    #expect(form.action(item: ["id": "A/1"], output: ["n": 5]) == nil)
    #expect(ActionTemplate("text").action(item: [:], output: [:]) == nil)
    #expect(ActionTemplate(["body": "{open"]).action(item: [:], output: [:]) == nil)
    #expect(
      ActionTemplate(["body": "{item.id} {item.id}"]).action(item: ["id": "{item.id}"], output: [:]) == [
        "body": "{item.id} {item.id}"
      ])
  }

  @Test("a sentence of each category is in the summary, greetings and thanks are not")
  func summary() throws {
    let folder = try Folder.of(.ticketSummary)
    let output = try folder.answer(
      folder.sample(
        "ts-0001", ("messages", []),
        (
          "body",
          """
          Hello,
          Thank you in advance. I have been a customer since 2019 and never had to write before. My card was charged \
          twice in March. Kind regards
          """
        ))
    ).output
    let summary = output["summary"]?.string ?? ""
    #expect(summary.contains("charged twice"))
    #expect(!summary.contains("Kind regards") && !summary.contains("Hello"))
  }
}
