import JSON

/// Answers a message by the approved reply whose questions are nearest to one of its sentences, its gaps filled. What
/// else a mail says (greetings, asides, anger) is told apart by a classifier that learns from answered mails.
struct ReplyMethod: Method {
  private struct Reply: Sendable {
    var id: String, tone: String, subject: String, text: String
    var words: PhraseBook
  }
  private let replies: [Reply]
  private let questions: SimilarityIndex
  /// The reply that each question belongs to.
  private let replyOf: [Int]
  private let classifier: LinearClassifier
  private let vocabulary: Vocabulary
  /// The class of mails that no approved reply answers.
  private static let none = ""
  private static let holding = Reply(
    id: "", tone: "neutral", subject: "Your message",
    text:
      "Dear {name},\n\nthank you for your message. A colleague will look into it and answer you within two working "
      + "days.\n\nKind regards\nCustomer care",
    words: PhraseBook([]))

  init(learning examples: [Example], approved: [JSON]) throws(EmbeddedModelError) {
    var replies: [Reply] = [], texts: [String] = [], replyOf: [Int] = [], samples: [LinearClassifier.Sample] = []
    for (line, json) in approved.enumerated() {
      guard let id = json["id"]?.string, let text = json["text"]?.string, let subject = json["subject"]?.string,
        let tone = json["tone"]?.string, ["friendly", "neutral", "formal"].contains(tone),
        let when = json["when"]?.array, let words = json["words"]?.array
      else {
        throw .malformedApproved(
          line: line + 1, expected: "id, tone (friendly, neutral or formal), subject, text, when (questions), words")
      }
      for question in when.compactMap(\.string) {
        texts.append(question)
        replyOf.append(replies.count)
        samples.append(LinearClassifier.Sample(features: Words.features(question), label: id))
      }
      replies.append(
        Reply(id: id, tone: tone, subject: subject, text: text, words: PhraseBook(words.compactMap(\.string))))
    }
    guard !replies.isEmpty else { throw .malformedApproved(line: 1, expected: "at least one approved reply") }
    for example in examples {
      let id = example.proposal["template"]?.string ?? Self.none
      guard id.isEmpty || replies.contains(where: { $0.id.sameCodePoints(as: id) }) else { continue }
      samples.append(LinearClassifier.Sample(features: Words.features(example.data.text("message")), label: id))
    }
    (self.replies, self.replyOf) = (replies, replyOf)
    questions = SimilarityIndex(texts)
    classifier = LinearClassifier(samples)
    vocabulary = Vocabulary(samples.map(\.features))
  }

  /// How well each reply answers, and last how well none does; and how near a sentence comes to one of its questions.
  private func scores(_ message: String) -> (scores: [Double], similarity: [Double]) {
    var nearest = Array(repeating: 0.0, count: replies.count)
    for sentence in Sentences.split(message).prefix(40) {
      for (similarity, reply) in zip(questions.similarities(sentence), replyOf) {
        nearest[reply] = max(nearest[reply], similarity)
      }
    }
    let learned = classifier.scores(Words.features(message))
    let logits = (replies.map(\.id) + [Self.none]).map { id in
      classifier.classes.firstIndex { $0.sameCodePoints(as: id) }.map { learned[$0] } ?? -3
    }
    let folded = FoldedText(message)
    let words = replies.map { Double(min($0.words.found(in: folded).count, 2)) } + [0]
    return (logits.indices.map { logits[$0] + 4 * (nearest + [0])[$0] + 1.5 * words[$0] }, nearest + [0])
  }

  func draft(_ request: ModelRequest) -> Draft {
    let data = request.data, message = data.text("message")
    let (scores, nearest) = scores(message), ranking = Ranking(scores), first = ranking.best ?? replies.count
    let similarity = nearest[first], found = first < replies.count ? first : nil
    let reply = found.map { replies[$0] } ?? Self.holding

    let folded = FoldedText(data.text("subject") + " . " + message)
    let mood = Tone.ofCustomer(folded, shouting: Tone.isShouting(message))
    var missing: [String] = []
    let text = Self.filled(reply.text, data, &missing).cut(to: 4000),
      subject = Self.filled(reply.subject, data, &missing).cut(to: 200)
    let fit = Tone.fit(
      of: reply.tone, wanted: data["tone"]?.string, customer: mood, harsh: Tone.isHarsh(FoldedText(text)))

    let known = vocabulary.share(of: Words.features(message, pairs: false))
    var evidence = Evidence(request, needs: ["thread"])
    evidence.cap(
      min(1, 0.5 + similarity), "the nearest question of an approved reply is alike by \(percent(similarity)) percent")
    let output: JSON = .object(
      JSONObject([
        ("subject", .string(subject)), ("text", .string(text)),
        ("template", found.map { .string(replies[$0].id) } ?? .null),
        ("tone", .string(reply.tone)), ("tone_score", .integer(fit)), ("customer_tone", .string(mood)),
        ("missing", .array(missing.map { .string($0) })),
      ]))
    return Draft(
      output: output, score: Vocabulary.tempered(ranking.margin, known: known),
      parts: [
        .init("similarity", similarity, "cosine of the best sentence with the nearest question of the reply"),
        .init("lead", ranking.margin, "lead over the next reply, in logits"),
        .init("known words", known, "share of the words that answered mails hold"),
        .init("tone fit", Double(fit) / 100, "reply is \(reply.tone), customer is \(mood)"),
      ],
      evidence: evidence,
      findings: Self.findings(data, answered: found != nil && known >= 0.35, mood: mood, missing: missing))
  }

  private static func findings(_ data: JSON, answered: Bool, mood: String, missing: [String]) -> [ContextFinding] {
    var findings = TextHealth.findings("item.subject", data.text("subject"))
    findings += TextHealth.findings("item.message", data.text("message"), leastWords: 3)
    if !answered {
      findings.append(
        ContextFinding(
          code: "context.unsupported", field: "output.text", detail: "no approved reply answers such a message"))
    }
    if mood == "threatening" {
      findings.append(
        ContextFinding(
          code: "context.edge_case", field: "item.message",
          detail: "the customer names lawyers, authorities or the press"))
    }
    findings += missing.map {
      ContextFinding(
        code: "context.unsupported", field: "item.\($0)", detail: "the reply needs the \($0), which nobody gave")
    }
    return findings
  }

  /// Puts the item's facts into the gaps in one pass, so that a fact with braces is not a gap.
  private static func filled(_ text: String, _ data: JSON, _ missing: inout [String]) -> String {
    var result = "", rest = text[...]
    while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
      let name = String(rest[rest.index(after: open)..<close])
      result += rest[..<open]
      if let fact = (name == "name" ? data["customer"]?["name"] : data[name])?.string {
        result += fact.cut(to: 120)
      } else {
        result += "[\(name)]"
        if !missing.contains(name) { missing.append(name) }
      }
      rest = rest[rest.index(after: close)...]
    }
    return result + rest
  }
}
