import JSON

/// Summarises a ticket by its own sentences and puts it into a category.
///
/// A sentence counts by what people's summaries held (a linear classifier that knows greetings, thanks and asides from
/// matters), by how rare its words are (TF-IDF), and by its place.
struct SummaryMethod: Method {
  private let classifier: LinearClassifier
  private let sentences: LinearClassifier
  private let vocabulary: Vocabulary

  init(learning examples: [Example], approved: [JSON]) throws(EmbeddedModelError) {
    let samples = examples.map {
      LinearClassifier.Sample(features: Self.features($0.data), label: $0.proposal.text("category"))
    }
    classifier = LinearClassifier(samples)
    guard classifier.classes.count > 1 else { throw .oneClassOnly }
    vocabulary = Vocabulary(samples.map(\.features))
    sentences = LinearClassifier(
      examples.flatMap { example in
        let key = Array(example.contains.text("summary").utf8), all = Self.sentences(example.data)
        return all.enumerated().map { place, sentence in
          let matter = !key.isEmpty && Array(sentence.text.utf8).contains(key)
          return LinearClassifier.Sample(
            features: Self.features(ofSentence: sentence.text, place, of: all.count), label: matter ? "matter" : "other"
          )
        }
      }, epochs: 10)
  }

  private static func features(ofSentence text: String, _ place: Int, of count: Int) -> [Int32] {
    var buckets = Words.features(text)
    let length = min(buckets.count / 6, 6), third = place * 3 / max(count, 1)
    Words.append("size\(length) place\(third) first\(min(place, 3))", space: 2, pairs: false, to: &buckets)
    return buckets
  }

  func draft(_ request: ModelRequest) -> Draft {
    let data = request.data, body = data.text("body"), subject = data.text("subject")
    let features = Self.features(data), ranking = Ranking(classifier.scores(features))
    let category = ranking.best.map { classifier.classes[$0] } ?? "other"
    let candidates = Self.sentences(data)
    let scores = candidates.enumerated().map { score($1.text, $0, of: candidates.count) }
    let order = Ranking(scores), chosen = order.order.prefix(2).sorted()
    let known = vocabulary.share(of: Words.features(subject + " " + body, pairs: false))
    var evidence = Evidence(request, needs: ["ticket"])
    compareSubjects(subject, &evidence)
    var findings = Self.health(data)
    if known < 0.35 {
      findings.append(
        ContextFinding(
          code: "context.unsupported", field: "output.category",
          detail: "\(percent(known)) percent of the words were ever seen in labelled tickets"))
    }
    let output: JSON = .object(
      JSONObject([
        (
          "summary",
          .string(chosen.map { candidates[$0].text }.joined(separator: " ").cut(to: 600).orIfBlank("No readable text."))
        ),
        ("category", .string(category)),
        ("priority", .string(Self.priority(category, FoldedText(subject + " . " + body)))),
        (
          "quotes",
          .array(chosen.map { ["field": .string(candidates[$0].field), "text": .string(candidates[$0].text)] })
        ),
      ]))
    let left = order.order.count > 2 ? scores[order.order[2]] : -1
    let lead = order.best.map { min(max(scores[$0] - left, 0), 4) } ?? 0
    return Draft(
      output: output, score: Vocabulary.tempered(min(ranking.margin, 1 + 2 * lead), known: known),
      parts: [
        .init("category margin", ranking.margin, "lead of \(category) over the next category, in logits"),
        .init("summary lead", lead, "lead of the best sentence over the first that was left out"),
        .init("known words", known, "share of the words that labelled tickets hold"),
      ],
      evidence: evidence, findings: findings)
  }

  private static func features(_ data: JSON) -> [Int32] {
    var buckets: [Int32] = []
    Words.append(data.text("subject"), to: &buckets)
    Words.append(data.text("body"), to: &buckets)
    for message in data["messages"]?.array ?? [] where message.text("from") == "customer" {
      Words.append(message.text("text"), to: &buckets)
    }
    return buckets
  }

  private static func sentences(_ data: JSON) -> [(field: String, text: String)] {
    var sentences = Sentences.split(data.text("body")).map { (field: "item.body", text: $0) }
    for (index, message) in (data["messages"]?.array ?? []).enumerated() where message.text("from") == "customer" {
      sentences += Sentences.split(message.text("text")).map { (field: "item.messages.\(index).text", text: $0) }
    }
    if sentences.isEmpty { sentences = Sentences.split(data.text("subject")).map { (field: "item.subject", text: $0) } }
    return Array(sentences.prefix(Sentences.most))
  }

  private func score(_ sentence: String, _ place: Int, of count: Int) -> Double {
    let words = Words.features(sentence, pairs: false)
    let logits = sentences.scores(Self.features(ofSentence: sentence, place, of: count))
    let matter = sentences.classes.firstIndex(of: "matter").map { logits[$0] } ?? 0
    let other = sentences.classes.firstIndex(of: "other").map { logits[$0] } ?? 0
    let position = 0.2 * (1 - Double(place) / Double(max(count, 1)))
    return matter - other + vocabulary.rarity(of: words) + position - (words.count < 3 ? 2 : 0)
  }

  private func compareSubjects(_ subject: String, _ evidence: inout Evidence) {
    guard let record = evidence.record("ticket") else { return }
    if let other = record["subject"]?.string, SharedWords.share(subject, other) < 0.15 {
      evidence.conflict("item.subject", "the ticket in the system has another subject")
    }
  }

  private static func health(_ data: JSON) -> [ContextFinding] {
    var findings = TextHealth.findings("item.subject", data.text("subject"))
    findings += TextHealth.findings("item.body", data.text("body"), leastWords: 4)
    for (index, message) in (data["messages"]?.array ?? []).enumerated() {
      findings += TextHealth.findings("item.messages.\(index).text", message.text("text"))
    }
    if data["truncated"]?.bool == true {
      findings.append(
        ContextFinding(
          code: "context.malformed", field: "item.body", detail: "the sender says that the text was cut off"))
    }
    return findings
  }

  private static let urgent = PhraseBook([
    "urgent", "immediately", "stands still", "all of our users", "whole team is blocked", "right now", "cannot work",
    "complete outage", "emergency", "cannot take orders",
  ])
  private static let calm = PhraseBook([
    "no hurry", "no answer needed", "whenever you have time", "not urgent", "short reply is enough",
  ])

  private static func priority(_ category: String, _ text: FoldedText) -> String {
    if calm.occurs(in: text) { return "low" }
    let pressing = urgent.occurs(in: text)
    return switch category {
    case "outage", "security": pressing ? "urgent" : "high"
    case "how_to", "other": pressing ? "normal" : "low"
    default: pressing ? "high" : "normal"
    }
  }
}
