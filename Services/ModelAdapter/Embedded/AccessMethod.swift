import JSON

/// Finds the entitlement and level that a request in words asks for.
struct AccessMethod: Method {
  private let catalogue: Catalogue
  private let entitlements: LinearClassifier
  private let levels: LinearClassifier
  private let vocabulary: Vocabulary

  init(learning examples: [Example], approved: [JSON]) throws(EmbeddedModelError) {
    catalogue = try Catalogue(approved)
    entitlements = LinearClassifier(
      examples.map {
        LinearClassifier.Sample(features: Self.features($0.data), label: $0.proposal.text("entitlement"))
      })
    levels = LinearClassifier(
      examples.map {
        LinearClassifier.Sample(features: Words.features($0.data.text("request")), label: $0.proposal.text("level"))
      })
    vocabulary = Vocabulary(examples.map { Words.features($0.data.text("request")) })
    if let odd = examples.first(where: { Catalogue.rank($0.proposal.text("level")) == 0 }) {
      throw .malformedExample(line: odd.line, expected: "in proposal a level: read, write, approve or admin")
    }
    guard entitlements.classes.count > 1, levels.classes.count > 1 else { throw .oneClassOnly }
  }

  func draft(_ request: ModelRequest) -> Draft {
    let data = request.data, folded = FoldedText(data.text("request")), role = data.text("role")
    let learned = entitlements.scores(Self.features(data))
    let scores = catalogue.entries.map { entry in
      let logit = entitlements.classes.firstIndex { $0.sameCodePoints(as: entry.name) }.map { learned[$0] } ?? -3
      return logit + 2 * Double(min(entry.words.found(in: folded).count, 2)) + (entry.isUsual(for: role) ? 0.5 : 0)
    }
    let ranking = Ranking(scores), entry = catalogue.entries[ranking.best ?? 0]
    let said = Ranking(levels.scores(Words.features(data.text("request"))))
    let read = said.best.map { levels.classes[$0] } ?? "read"
    let stated = data["level"]?.string.flatMap { Catalogue.rank($0) > 0 ? $0 : nil }, level = stated ?? read
    let usual = entry.isUsual(for: role), privileged = entry.privileged.contains { $0.sameCodePoints(as: level) }
    var evidence = Evidence(request, needs: ["entitlements"])
    let held = Self.held(entry, evidence.record("entitlements"))
    var findings = Self.findings(data, held: held, level: level)
    let expires = Self.expiry(data, entry.days[max(Catalogue.rank(level) - 1, 0)], &findings)
    compare(data, evidence.record("entitlements"), &evidence)
    if let stated, stated != read, said.margin > 2 {
      evidence.conflict("item.level", "the level asked for is \(stated), the words ask for \(read)")
    }
    if ranking.margin < 1 {
      findings.append(
        ContextFinding(code: "context.ambiguous", field: "item.request", detail: "fits two entitlements about equally"))
    }
    let output: JSON = .object(
      JSONObject([
        ("entitlement", .string(entry.name)), ("grant", .string(entry.grants[max(Catalogue.rank(level) - 1, 0)])),
        ("level", .string(level)), ("expires", .string(expires)),
        ("privileged", .bool(privileged)), ("usual_for_role", .bool(usual)), ("held_level", .string(held)),
        ("delta", .string("\(entry.title): \(held) → \(level) until \(expires)".cut(to: 200))),
        ("why", .string(Self.reason(entry, usual: usual, stated: stated != nil).cut(to: 400))),
      ]))
    let known = vocabulary.share(of: Words.features(data.text("request"), pairs: false))
    let lead = stated == nil ? min(ranking.margin, said.margin + 1) : ranking.margin
    return Draft(
      output: output, score: Vocabulary.tempered(min(lead, 4), known: known) - (usual ? 0 : 0.4),
      parts: [
        .init("entitlement margin", ranking.margin, "lead of \(entry.name) over the next entitlement, in logits"),
        .init(
          "level margin", said.margin,
          stated == nil ? "lead of \(level), read from the words" : "the level is stated; the words read \(read)"),
        .init("known words", known, "share of the words that labelled requests hold"),
        .init("usual for role", usual ? 1 : 0, usual ? "the role usually has it" : "the role does not usually have it"),
      ],
      evidence: evidence, findings: findings)
  }

  private static func reason(_ entry: Catalogue.Entry, usual: Bool, stated: Bool) -> String {
    "The request names \(entry.title.lowercased()); \(usual ? "usual" : "not usual") for the role; "
      + "level \(stated ? "as asked for" : "read from the words")."
  }

  private static func features(_ data: JSON) -> [Int32] {
    var buckets = Words.features(data.text("request"))
    Words.append(data.text("role"), space: 1, to: &buckets)
    return buckets
  }

  /// The highest level that the person's grants give in this area, or `none`.
  private static func held(_ entry: Catalogue.Entry, _ record: JSON?) -> String {
    let names = (record?["grants"]?.array ?? []).map { $0.text("entitlement") }
    let highest = entry.grants.lastIndex { grant in names.contains { $0.sameCodePoints(as: grant) } }
    return highest.map { Catalogue.levels[$0] } ?? "none"
  }

  private func compare(_ data: JSON, _ record: JSON?, _ evidence: inout Evidence) {
    guard let record else { return }
    for field in ["role", "manager"] {
      if let stated = data[field]?.string, let known = record[field]?.string,
        FoldedText(stated).bytes != FoldedText(known).bytes
      {
        evidence.conflict("item.\(field)", "the \(field) in the system is another")
      }
    }
  }

  private static func findings(_ data: JSON, held: String, level: String) -> [ContextFinding] {
    var findings = TextHealth.findings("item.request", data.text("request"), leastWords: 3)
    findings += TextHealth.findings("item.role", data.text("role"))
    func edge(_ field: String, _ detail: String) {
      findings.append(ContextFinding(code: "context.edge_case", field: field, detail: detail))
    }
    if let manager = data["manager"]?.string, manager.sameCodePoints(as: data.text("requester")) {
      edge("item.manager", "the requester names themself as line manager")
    }
    if Catalogue.rank(held) >= Catalogue.rank(level) {
      edge("item.level", "the person holds this level or a higher one already")
    }
    if level == "approve", held == "write" { edge("item.level", "the person could then both enter and approve") }
    return findings
  }

  /// The day asked for, but not beyond what the level allows.
  private static func expiry(_ data: JSON, _ most: Int, _ findings: inout [ContextFinding]) -> String {
    guard let from = CivilDate(data.text("from")) else {
      findings.append(ContextFinding(code: "context.malformed", field: "item.from", detail: "is no date"))
      return "1970-01-01"
    }
    let last = from.adding(days: most)
    guard let until = data["until"]?.string else { return last.text }
    guard let day = CivilDate(until), day >= from else {
      findings.append(
        ContextFinding(code: "context.malformed", field: "item.until", detail: "is no date on or after the first day"))
      return last.text
    }
    if day > last {
      findings.append(
        ContextFinding(
          code: "context.edge_case", field: "item.until",
          detail: "asks for longer than the \(most) days that the level allows"))
    }
    return min(day, last).text
  }
}
