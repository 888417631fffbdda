import JSON

/// Ranks the classes that fit a matter and shows what speaks for them. Advice only.
struct ComplianceMethod: Method {
  private struct Rule: Sendable {
    var name: String
    var `class`: String
    var phrases: PhraseBook
  }
  private let rules: [Rule]
  private let classifier: LinearClassifier
  private let vocabulary: Vocabulary

  init(learning examples: [Example], approved: [JSON]) throws(EmbeddedModelError) {
    var rules: [Rule] = []
    for (line, json) in approved.enumerated() {
      guard let name = json["rule"]?.string, let kind = json["class"]?.string, let phrases = json["phrases"]?.array
      else {
        throw .malformedApproved(line: line + 1, expected: "rule, class, phrases")
      }
      rules.append(Rule(name: name, class: kind, phrases: PhraseBook(phrases.compactMap(\.string))))
    }
    self.rules = rules
    let samples = examples.map {
      LinearClassifier.Sample(
        features: Self.features($0.data), label: $0.proposal["candidates"]?.array?.first?.text("class") ?? "")
    }
    classifier = LinearClassifier(samples)
    guard classifier.classes.count > 1 else { throw .oneClassOnly }
    vocabulary = Vocabulary(samples.map(\.features))
  }

  func draft(_ request: ModelRequest) -> Draft {
    let data = request.data, text = data.text("text"), folded = FoldedText(text)
    let touched = rules.filter { $0.phrases.occurs(in: folded) }
    var scores = classifier.scores(Self.features(data))
    for rule in touched { if let c = classifier.classes.firstIndex(of: rule.class) { scores[c] += 1.5 } }
    let ranking = Ranking(scores), shares = LinearClassifier.softmax(scores)
    let best = ranking.best ?? 0, name = classifier.classes[best]
    let known = vocabulary.share(of: Words.features(text, pairs: false))
    let named = classesInOrder(touched)
    let lead = shares[best] - (ranking.order.count > 1 ? shares[ranking.order[1]] : 0)
    let ambiguous = lead < 0.2 || named.count > 1 || named.first.map { $0 != name } ?? false

    let evidence = Evidence(request, needs: ["classification"])
    var findings = TextHealth.findings("item.text", text, leastWords: 5)
    if ambiguous {
      findings.append(ContextFinding(code: "context.ambiguous", field: "item.text", detail: "more than one class fits"))
    }
    if named.count > 1 {
      findings.append(
        ContextFinding(
          code: "context.conflict", field: "item.text", detail: "touches written rules of \(named.count) classes"))
    }
    if known < 0.35 {
      findings.append(
        ContextFinding(
          code: "context.unsupported", field: "output.candidates",
          detail: "\(percent(known)) percent of the words were ever seen in labelled matters"))
    }
    let candidates: [JSON] = ranking.order.prefix(3).map {
      ["class": .string(classifier.classes[$0]), "share": .integer(percent(shares[$0]))]
    }
    let output: JSON = .object(
      JSONObject([
        ("advice", .string(advice(name, shares, ranking, touched))), ("candidates", .array(candidates)),
        ("ambiguous", .bool(ambiguous)),
        (
          "rules",
          .array(touched.prefix(12).map { ["rule": .string($0.name.cut(to: 60)), "class": .string($0.class)] })
        ),
        ("evidence", .array(proof(text, for: best))),
      ]))
    return Draft(
      output: output, score: Vocabulary.tempered(ranking.margin, known: known),
      parts: [
        .init("class margin", ranking.margin, "lead of \(name) over the next class, in logits"),
        .init("known words", known, "share of the words that labelled matters hold"),
        .init("rules touched", Double(touched.count), "written rules whose words occur"),
      ],
      evidence: evidence, findings: findings)
  }

  private func classesInOrder(_ rules: [Rule]) -> [String] {
    rules.reduce(into: []) { names, rule in if !names.contains(rule.class) { names.append(rule.class) } }
  }

  private func advice(_ name: String, _ shares: [Double], _ ranking: Ranking, _ touched: [Rule]) -> String {
    let next =
      ranking.order.dropFirst().first.map { ", then like \(classifier.classes[$0]) (\(percent(shares[$0])) percent)" }
      ?? ""
    let rules =
      touched.isEmpty
      ? "No written rule is touched by its words." : "Touched: \(touched.map(\.name).joined(separator: "; "))."
    return
      "The facts read most like \(name) (\(percent(shares[ranking.best ?? 0])) percent)\(next). \(rules)"
      + " An expert decides."
      .cut(to: 600)
  }

  /// The three sentences that speak most for a class, best first.
  private func proof(_ text: String, for best: Int) -> [JSON] {
    let sentences = Sentences.split(text)
    let leads = sentences.map { sentence -> Double in
      let own = classifier.scores(Words.features(sentence))
      return own[best] - own.reduce(0, +) / Double(own.count)
    }
    return Ranking(leads).order.prefix(3).filter { leads[$0] > 0.1 }.map {
      ["field": "item.text", "text": .string(sentences[$0])]
    }
  }

  private static func features(_ data: JSON) -> [Int32] {
    var buckets = Words.features(data.text("text"))
    Words.append(data.text("kind"), space: 1, to: &buckets)
    return buckets
  }
}
