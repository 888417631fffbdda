import JSON

/// A label for the member `text`, by a linear classifier alone; for workflows in which every microsecond counts.
struct GenericMethod: Method {
  private let classifier: LinearClassifier

  init(learning examples: [Example], approved: [JSON]) throws(EmbeddedModelError) {
    classifier = LinearClassifier(
      examples.map {
        LinearClassifier.Sample(
          features: Words.features($0.data.text("text"), pairs: false), label: $0.proposal.text("label"))
      })
    guard classifier.classes.count > 1 else { throw .oneClassOnly }
  }

  func draft(_ request: ModelRequest) -> Draft {
    let features = Words.features(request.data.text("text"), pairs: false)
    let ranking = Ranking(classifier.scores(features))
    let label = ranking.best.map { classifier.classes[$0] } ?? ""
    let findings =
      features.isEmpty
      ? [ContextFinding(code: "context.malformed", field: "item.text", detail: "no words")] : []
    return Draft(
      output: .object(JSONObject([("label", .string(label))])), score: ranking.margin,
      parts: [.init("margin", ranking.margin, "lead over the next label, in logits")],
      evidence: Evidence(request, needs: []), findings: findings)
  }
}
