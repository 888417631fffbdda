import Embedded
import JSON
import Testing

@Suite("A changed input changes the proposal") struct ChangeTests {
  @Test("an invoice at its order is paid, 3% above it only as ordered, 0.2% above it in full")
  func amount() throws {
    let folder = try Folder.of(.invoiceException)
    func resolution(_ minor: Int64) throws -> (JSON?, JSON?) {
      let answer = try folder.answer(
        folder.sample("ie-0001", ("amount", ["minor": .integer(minor), "currency": "EUR"])))
      return (answer.output["resolution"], answer.output["pay"]?["minor"])
    }
    #expect(try resolution(114_680) == ("approve", 114_680))
    #expect(try resolution(120_100) == ("approve_order_amount", 114_680))
    #expect(try resolution(114_909) == ("approve", 114_909))
  }

  @Test("without goods receipt, with another currency, or billed twice, nothing is paid")
  func stops() throws {
    let folder = try Folder.of(.invoiceException)
    for (id, order, receipt, resolution) in [
      ("ie-0003", "equal", "missing", "hold"), ("ie-0006", "currency_differs", "complete", "hold"),
      ("ie-0007", "equal", "partial", "hold"), ("ie-0005", "equal", "complete", "reject_duplicate"),
      ("ie-0012", "missing", "missing", "hold"),
    ] {
      let output = try folder.answer(folder.sample(id)).output
      #expect(output["order_match"]?.string == order, "\(id)")
      #expect(output["receipt_match"]?.string == receipt, "\(id)")
      #expect(output["resolution"]?.string == resolution, "\(id)")
      #expect(output["pay"]?["minor"] == 0, "\(id)")
    }
  }

  @Test("another bank account than the ledger's is a conflict and lowers the quality of the evidence")
  func bankAccount() throws {
    let folder = try Folder.of(.invoiceException)
    let usual = try folder.answer(folder.sample("ie-0009")), other = try folder.answer(folder.sample("ie-new-bank"))
    #expect(usual.findings.allSatisfy { $0.code != "context.conflict" })
    #expect(other.findings.contains { $0.code == "context.conflict" && $0.field == "item.supplier.iban" })
    #expect(other.retrieval < usual.retrieval)
    #expect(other.output["resolution"] == "hold")
  }

  @Test("one sentence moves a ticket to another category and a request to another entitlement")
  func sentence() throws {
    let tickets = try Folder.of(.ticketSummary)
    func category(_ body: JSON) throws -> JSON? {
      try tickets.answer(tickets.sample("ts-0001", ("subject", "Question"), ("body", body), ("messages", []))).output[
        "category"]
    }
    #expect(
      try category("My card was charged twice for the subscription of March. I need a corrected invoice.") == "billing")
    #expect(
      try category("The parcel with the scanner should have arrived on Monday but the package is not here.")
        == "delivery")
    let access = try Folder.of(.accessRequest)
    func grant(_ request: JSON, _ level: JSON) throws -> JSON? {
      try access.answer(access.sample("ar-wiki-write", ("request", request), ("level", level))).output["grant"]
    }
    #expect(try grant("I will release supplier payments while Karin is on leave.", "approve") == "payments.release")
    #expect(try grant("Please let me edit the team pages in the wiki.", "write") == "wiki.write")
  }

  @Test("access never lasts longer than its level allows, and never ends before it begins")
  func expiry() throws {
    let folder = try Folder.of(.accessRequest)
    let long = try folder.answer(folder.sample("ar-payments-release-long"))
    #expect(long.output["expires"] == "2027-02-22")
    #expect(long.findings.contains { $0.field == "item.until" })
    let short = try folder.answer(folder.sample("ar-payments-release"))
    #expect(short.output["expires"] == "2026-12-31")
    let backwards = try folder.answer(folder.sample("ar-until-before"))
    #expect(backwards.findings.contains { $0.code == "context.malformed" && $0.field == "item.until" })
  }

  @Test("what a person holds today is read from the record")
  func held() throws {
    let folder = try Folder.of(.accessRequest)
    let answer = try folder.answer(folder.sample("ar-ledger-held"))
    #expect(answer.output["held_level"] == "read")
    #expect(answer.findings.contains { $0.code == "context.edge_case" && $0.field == "item.level" })
  }

  @Test("an angry customer lowers the fit of a friendly reply; a threat is named")
  func tone() throws {
    let folder = try Folder.of(.replyDraft)
    func score(_ message: String) throws -> (Int64, JSON?) {
      let output = try folder.answer(folder.sample("rd-damaged-plain", ("message", .string(message)))).output
      return (output["tone_score"]?.integer ?? -1, output["customer_tone"])
    }
    let calm = try score("The lamp came out of the box in pieces."),
      angry = try score("The lamp came out of the box in pieces. I am furious.")
    let threat = try score("The lamp came out of the box in pieces. My lawyer will write to you.")
    #expect(calm.0 > angry.0 && angry.0 > threat.0)
    #expect(calm.1 == "calm" && angry.1 == "angry" && threat.1 == "threatening")
  }

  @Test("a compliance answer is advice: it names candidates and proposes no action")
  func advice() throws {
    let folder = try Folder.of(.complianceClass)
    let answer = try folder.answer(folder.sample("cc-two-rules"))
    #expect(answer.action == nil)
    #expect(answer.output["ambiguous"] == true)
    #expect(answer.findings.contains { $0.code == "context.ambiguous" })
    let decided = folder.template.action(
      item: try folder.sample("cc-two-rules"), output: answer.output,
      decision: ["classification": "sanctions", "rationale": "List entry."])
    #expect(decided?["path"] == "/classifications/K-5001")
    #expect(decided?["body"]?["classification"] == "sanctions")
  }

  @Test("missing, silent and stale sources lower the quality of the evidence, each with its reason")
  func evidence() throws {
    let folder = try Folder.of(.invoiceException)
    var request = try folder.request(folder.sample("ie-0001"))
    let whole = folder.model.propose(request)
    #expect(whole.retrieval == 1 && whole.retrievalReasons.isEmpty)
    let order = request.sources[1]
    request.sources[1] = ["name": "order", "answered": false]
    #expect(folder.model.propose(request).retrievalReasons == ["order did not answer"])
    request.sources[1] = ["name": "order", "age": 90_000, "shelf_life": 86_400, "fields": order["fields"] ?? .null]
    #expect(folder.model.propose(request).retrievalReasons == ["order is older than its shelf life"])
    request.sources.remove(at: 1)
    let missing = folder.model.propose(request)
    #expect(missing.findings.contains { $0.code == "context.missing_source" && $0.field == "sources.order" })
    #expect(missing.retrieval < 0.7)
  }
}
