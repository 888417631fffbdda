import Foundation
import JSON
import Testing
import Wire

@testable import countersign_reviewer

/// Sources that disagree: found by what policy compared and by their names, and put side by side.
@Suite struct DisagreementTests {
  private static func money(_ minor: Int64, _ currency: String = "EUR") -> JSON { ["minor": .integer(minor), "currency": .string(currency)] }

  private static func source(_ name: String, _ fields: JSON, age: Double = 10) -> JSON {
    [
      "name": .string(name), "answered": true, "found": true, "fetched_at": .integer(DeskFixture.now.adding(seconds: -age).microseconds),
      "shelf_life": 60, "fields": fields,
    ]
  }

  /// An invoice of 1 200.00 against an order of 1 000.00, as the workflow for invoices has them.
  private static let invoice = source("invoice", ["id": "INV-1", "total": money(120_000), "supplier": "V-1"])
  private static let order = source("order", ["id": "PO-1", "total": money(100_000), "supplier": "V-2"], age: 240)
  private static let matches: JSON = [
    [
      "rule": "amount_differs", "gate": "impact", "code": "amount.discrepancy", "route": "review", "because": "the amount differs",
      "evidence": "sources.order.found", "reads": ["sources.order.found", "sources.order.fields.total.minor", "item.amount.minor"],
    ]
  ]
  private static let file: JSON = [
    "data": ["amount": money(120_000), "note": "Please pay"], "current": ["id": "INV-1", "total": money(120_000), "supplier": "V-1"],
    "sources": [invoice, order], "matches": matches,
  ]

  @Test func whatARuleComparedAndWhatHasOneNameAreOneField() {
    let found = Disagreements(Self.file).found
    #expect(found.map(\.title) == ["Amount, Total", "Supplier"])
    let amount = found.first { $0.title != "Supplier" }
    #expect(Set(amount?.entries.map(\.side) ?? []) == ["item", "invoice", "order"])
    #expect(amount?.entries.filter { !$0.usedBy.isEmpty }.map(\.side).sorted() == ["item", "order"], "policy did not use the record's own total")
    #expect(amount?.usual == Self.money(120_000))
    #expect(found.first { $0.title == "Supplier" }?.usual == nil, "one against one")
  }

  @Test func whatAgreesOrNamesItselfIsNoDisagreement() {
    let same = Self.source("order", ["id": "PO-1", "status": "sent", "total": Self.money(120_000), "supplier": "V-1"])
    let file: JSON = ["data": ["subject": "a"], "sources": [Self.source("invoice", ["id": "INV-1", "status": "open", "total": Self.money(120_000)]), same], "matches": []]
    #expect(Disagreements(file).found.isEmpty)
    #expect(Disagreements(["data": ["a": 1]]).found.isEmpty)
    #expect(Disagreements(.null).found.isEmpty)
  }

  @Test func theCurrentStateStandsForItsSource() {
    let file: JSON = [
      "data": ["amount": Self.money(5)], "current": ["total": Self.money(7)], "sources": [Self.source("record", ["total": Self.money(7)])],
      "matches": [["code": "context.conflict", "reads": ["current.total.minor", "item.amount.minor"]]],
    ]
    #expect(Disagreements(file).found.first?.entries.map(\.side) == ["item", "record"])
  }

  @Test func sourcesThatHeldNothingSayNothing() {
    let file: JSON = ["data": ["subject": "a"], "sources": [["name": "t", "answered": true, "found": false, "fields": ["subject": "b"]]], "matches": []]
    #expect(Disagreements(file).found.isEmpty)
  }

  @Test func theyStandSideBySideWithTheirAges() throws {
    let desk = try DeskStep()
    try desk.ask(DeskFixture.request(data: Self.file["data"] ?? .null, matches: Self.matches, sources: [Self.invoice, Self.order]))
    let view = CaseView(DeskFixture.caseID, try desk.command(DeskFixture.ada, .view).body, desk.decider.workflows["pay"])
    let text = ConflictTable(view).html.text
    #expect(text.contains("Sources disagree") && text.contains(">The request</th>") && text.contains("Order <small>fetched 4:00 ago</small> <span class=\"chip warn\">older than its shelf life"))
    #expect(text.contains("<mark>1\u{202F}000.00 EUR</mark>") && !text.contains("<mark>1\u{202F}200.00 EUR</mark>"))
    #expect(text.components(separatedBy: "policy used this").count == 3)
  }

  @Test func withoutADisagreementNothingIsShown() throws {
    let desk = try DeskStep()
    try desk.ask(DeskFixture.request())
    let view = CaseView(DeskFixture.caseID, try desk.command(DeskFixture.ada, .view).body, nil)
    #expect(ConflictTable(view).html.text.isEmpty)
  }
}
