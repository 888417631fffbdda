import JSON

/// A report as Markdown, made from its JSON alone, so that both say the same.
struct ReportMarkdown {
  private let report: JSON

  init(_ report: JSON) { self.report = report }

  var lines: [String] {
    let kind = text(report["kind"])
    let period = kind == "daily" ? text(report["from"]) : "\(text(report["from"])) to \(text(report["to"]))"
    var lines = ["# \(kind.prefix(1).uppercased())\(kind.dropFirst()) report, \(period)", ""]
    if report["complete"]?.bool != true { lines += ["Not over yet: figures up to \(text(report["at"])).", ""] }
    let workflows = report["workflows"]?.array ?? []
    lines += ["| workflow | production-ready | too slow | ended | open |", "|---|---|---|---|---|"]
    for each in workflows {
      lines.append(
        "| \(text(each["workflow"])) | \(answer(each, "production_ready", "because")) | \(answer(each, "too_slow", "too_slow_because")) | \(each["figures"]?["ended"]?.integer ?? 0) | \(each["figures"]?["open"]?.integer ?? 0) |")
    }
    if workflows.isEmpty { lines.append("| – | no workflow is declared (WORKFLOWS) | – | – | – |") }
    for each in workflows { lines += ["", "## \(text(each["workflow"]))", ""] + one(each) }
    lines += ["", "## Signatures", ""]
    let signatures = report["signatures"]?.array ?? []
    for signature in signatures {
      let words = text(signature["words"])
      let changed = signature["same"]?.bool == true ? "" : " Figures have changed since."
      lines.append("- \(text(signature["person"])), \(text(signature["at"])), record \(signature["position"]?.integer ?? 0)\(words.isEmpty ? "" : ": \(words)")\(changed)")
    }
    if signatures.isEmpty { lines.append("Nobody has signed it.") }
    lines += ["", "Figures rest on \(report["ledger"]?.integer ?? 0) records; digest `\(text(report["digest"]))`."]
    return lines
  }

  private func one(_ each: JSON) -> [String] {
    let promise = each["promise"]
    var lines = [
      "Template \(text(each["template"])), accountable \(text(each["owner"])). Promised: \(percent(promise?["share"]?.double)) within \(duration(Int(promise?["seconds"]?.integer ?? 0))), \(percent(promise?["audit_completeness"]?.double)) of the record.", "",
      "| budget | bad | of | share | 95 % | allowed | left |", "|---|---|---|---|---|---|---|",
    ]
    for budget in each["budgets"]?.array ?? [] {
      let allowed = budget["promised"]?.double.map { 1 - $0 }
      lines.append(
        "| \(text(budget["budget"])) | \(budget["bad"]?.integer ?? 0) | \(budget["n"]?.integer ?? 0) | \(percent(budget["share"]?.double)) | \(interval(budget)) | \(percent(allowed)) | \(percent(budget["left"]?.double)) |")
    }
    lines += ["", "| figure | estimate | 95 % | n |", "|---|---|---|---|"]
    for figure in each["figures"]?["kpis"]?.array ?? [] {
      let isOK = figure["status"]?.string == "ok"
      let seconds = figure["unit"]?.string == "s"
      let isCoefficient = figure["unit"]?.string == "coefficient"
      func coefficient(_ json: JSON?) -> String { json?.double.map { "\(($0 * 100).rounded() / 100)" } ?? "–" }
      let value = !isOK ? "not enough data" : seconds ? "\(Int((figure["estimate"]?.double ?? 0).rounded())) s"
        : isCoefficient ? coefficient(figure["estimate"]) : percent(figure["estimate"]?.double)
      let range = isCoefficient ? "\(coefficient(figure["low"])) to \(coefficient(figure["high"]))" : interval(figure)
      lines.append("| \(text(figure["kpi"])) | \(value) | \(isOK && !seconds ? range : "–") | \(figure["n"]?.integer ?? 0) |")
    }
    return lines + days(each) + thresholds(each)
  }

  private func days(_ each: JSON) -> [String] {
    guard let days = each["days"]?.array else { return [] }
    return ["", "| day | ended | late | missing fields |", "|---|---|---|---|"]
      + days.map { "| \(text($0["day"])) | \($0["ended"]?.integer ?? 0) | \($0["late"]?.integer ?? 0) | \($0["missing_fields"]?.integer ?? 0) |" }
  }

  private func thresholds(_ each: JSON) -> [String] {
    guard let verdict = each["verdict"]?.string else { return [] }
    let known = (each["thresholds"]?.object?.members ?? []).map { "\($0.key) \($0.value.text)" }.joined(separator: ", ")
    return ["", "Thresholds: \(verdict) (\(text(each["verdict_because"]))). In force: \(known.isEmpty ? "none" : known).", "",
      "| share | this quarter | the one before | difference, 95 % | |", "|---|---|---|---|---|"]
      + (each["changes"]?.array ?? []).map {
        "| \(text($0["kpi"])) | \(percent($0["now"]?.double)) of \($0["n"]?.integer ?? 0) | \(percent($0["before"]?.double)) of \($0["n_before"]?.integer ?? 0) | \(interval($0)) | \(text($0["verdict"])) |"
      }
  }

  private func answer(_ each: JSON, _ name: String, _ because: String) -> String {
    let reasons = (each[because]?.array ?? []).compactMap(\.string).map(clean).joined(separator: "; ")
    return (each[name]?.bool == true ? "yes" : "no") + (reasons.isEmpty ? "" : ", because \(reasons)")
  }

  private func interval(_ json: JSON) -> String {
    guard let low = json["low"]?.double, let high = json["high"]?.double else { return "–" }
    return "\(percent(low)) to \(percent(high))"
  }

  private func text(_ json: JSON?) -> String { clean(json?.string ?? "") }
  /// Nothing that was written by somebody may end a cell or begin markup.
  private func clean(_ text: String) -> String {
    String(text.unicodeScalars.map { "|<>`*\\\n".unicodeScalars.contains($0) ? " " : Character($0) })
  }
}
