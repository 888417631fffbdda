import JSON

/// Matches invoice, order and goods receipt, and says what follows.
struct InvoiceMethod: Method {
  private let tolerance: Tolerance
  /// What clerks' notes have led to.
  private let notes: LinearClassifier

  init(learning examples: [Example], approved: [JSON]) throws(EmbeddedModelError) {
    tolerance = try Tolerance(approved.first)
    notes = LinearClassifier(
      examples.map {
        LinearClassifier.Sample(features: Words.features($0.data.text("note")), label: $0.proposal.text("resolution"))
      }, epochs: 12)
    guard notes.classes.count > 1 else { throw .oneClassOnly }
  }

  func draft(_ request: ModelRequest) -> Draft {
    let data = request.data
    var evidence = Evidence(request, needs: ["invoice", "order", "receipts"])
    let match = ThreeWayMatch(data, evidence, tolerance)
    let said = Ranking(notes.scores(Words.features(data.text("note"))))
    let note = said.best.map { notes.classes[$0] } ?? "hold"
    let follows = match.resolution
    // A clerk who knows more than the records can stop a payment, never cause one.
    let stops = note == "hold" && said.margin > 2 && follows == "approve"
    let resolution = stops ? "hold" : follows
    if match.receipt == .missing { evidence.cap(2.0 / 3, "there is no goods receipt") }
    for conflict in match.conflicts { evidence.conflict(conflict.field, conflict.detail) }

    let agreement =
      notes.classes.firstIndex(of: resolution).map { own in
        said.scores[own] - (said.scores.indices.filter { $0 != own }.map { said.scores[$0] }.max() ?? 0)
      } ?? 0
    let held = min(max(agreement, -3), 3), clear = match.clarity(tolerance)
    var findings = TextHealth.findings("item.note", data.text("note"))
    findings += TextHealth.findings("item.supplier.name", data["supplier"]?.text("name") ?? "")
    findings += match.findings
    let output: JSON = .object(
      JSONObject([
        ("resolution", .string(resolution)),
        ("pay", ["minor": .integer(match.pay(resolution)), "currency": .string(match.currency)]),
        ("difference_minor", .integer(match.difference)),
        ("difference_bp", match.basisPoints.map { .integer($0) } ?? .null),
        ("order_match", .string(match.order.rawValue)), ("receipt_match", .string(match.receipt.rawValue)),
        ("why", .string(match.sentence(stops ? "; the note asks to wait" : "").cut(to: 400))),
      ]))
    return Draft(
      output: output, score: 2 * clear + held - Double(match.conflicts.count),
      parts: [
        .init("clearness", clear, "how far the difference is from the edge of the tolerance"),
        .init("agreement of the note", held, "lead of \(resolution) in what such notes led to, in logits"),
        .init("conflicts", Double(match.conflicts.count), "records that contradict each other"),
      ],
      evidence: evidence, findings: findings)
  }
}

/// How far an invoice may differ from its order without a word.
struct Tolerance: Sendable {
  /// Hundredths of a percent of the order.
  var basisPoints: Int64
  /// Differences up to this many minor units never matter, by currency.
  var floors: JSON

  init(_ approved: JSON?) throws(EmbeddedModelError) {
    guard let points = approved?["tolerance_bp"]?.integer, (0...10_000).contains(points),
      let floors = approved?["floor_minor"],
      floors.object?.members.allSatisfy({ ($0.value.integer ?? -1) >= 0 }) ?? false
    else {
      throw .malformedApproved(
        line: 1, expected: "tolerance_bp from 0 to 10000, floor_minor with whole numbers by currency")
    }
    basisPoints = points
    self.floors = floors
  }

  func floor(_ currency: String) -> Int64 { floors[currency]?.integer ?? 0 }
}
