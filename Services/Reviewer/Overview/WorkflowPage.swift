import JSON
import Wire

/// One workflow: what it promises, what is left of its budgets, its figures, where its time went, and its models beside each other.
struct WorkflowPage {
  let name: String
  /// The workflow as audit tells; nil where it knows none of that name, or does not answer.
  let told: JSON?
  let isAnswering: Bool
  /// A group for each of the last 28 days.
  let days: [JSON]
  /// Models, prompts and bundles beside the most frequent one.
  let comparisons: [JSON]
  let definitions: JSON?

  var html: HTML {
    guard let told else {
      return isAnswering ? "<h1>\(Plain.words(name))</h1><p class=\"empty\">Audit knows no budgets of such a workflow.</p>" : "<h1>\(Plain.words(name))</h1>\(Told.silent)"
    }
    return """
      <div class="title"><h1>\(Plain.words(name))</h1><p class="quiet">\(promise(told))</p><nav aria-label="Up"><a href="/overview">All workflows</a></nav></div>
      \(standing(told))\(budgets(told))\(charts(told))\(delays(told))\(figures(told))\(comparisons.html(compared))
      """
  }

  private func promise(_ told: JSON) -> String {
    let promise = told["promise"]
    return "Promised: \(Told.percent(promise?["share"])) within \(Plain.span(promise?["seconds"]?.double ?? 0)), \(Told.percent(promise?["audit_completeness"])) of the record told. Accountable: \(told["owner"]?.string ?? "")."
  }

  private func standing(_ told: JSON) -> HTML {
    let criteria = (told["criteria"]?.array ?? []).html { criterion in
      let state = criterion["state"]?.string ?? ""
      return "<li><span class=\"chip\(state == "met" ? "" : " warn")\">\(state)</span> \(criterion["words"]?.string ?? "")</li>"
    }
    let alarms = Told.texts(told["alarms"])
    let ready: HTML = told["production_ready"]?.bool == true ? "<b class=\"met\">Yes.</b>" : "<b class=\"late\">No.</b>"
    let burning: HTML = alarms.isEmpty ? "" : "<p class=\"late\">Alarms: \(alarms.joined(separator: ", "))</p>"
    return """
      <section class="card" aria-labelledby="ready"><h2 id="ready">Production-ready</h2><div class="pad">
      <p>\(ready) Criteria:</p><ul class="criteria">\(criteria)</ul>
      <div>Too slow: \(Told.answer(told, "too_slow", "too_slow_because", isGood: false))</div>\(burning)</div></section>
      """
  }

  private func budgets(_ told: JSON) -> HTML {
    let burns = told["burn"]?.array ?? []
    func row(_ budget: JSON) -> HTML {
      let name = budget["budget"]?.string ?? ""
      let windows = burns.first { $0["budget"]?.string == name }?["windows"]
      let rates = ["5m", "30m", "1h", "6h"].map { window in
        "\(window) \((windows?[window]?["burn"]?.double).map { Plain.decimal($0, places: 1) } ?? "–")"
      }.joined(separator: ", ")
      let left: HTML = budget["left"]?.double ?? 1 < 0 ? "<b class=\"late\">\(Told.percent(budget["left"]))</b>" : "\(Told.percent(budget["left"]))"
      return """
        <tr><th scope="row">\(name)</th><td class="num"><span class="side">Bad</span>\(budget["bad"]?.integer ?? 0) of \(budget["n"]?.integer ?? 0)</td>
        <td class="num"><span class="side">Share</span>\(Told.percent(budget["share"])) <small>\(Told.percent(budget["low"])) to \(Told.percent(budget["high"]))</small></td>
        <td class="num"><span class="side">Left</span>\(left)</td>
        <td class="num"><span class="side">Burn rate</span>\(rates)</td></tr>
        """
    }
    return """
      <section class="card" aria-labelledby="budgets"><h2 id="budgets">Budgets of \(told["promise"]?["window_days"]?.integer ?? 28) days</h2>
      <table class="tasks health"><thead><tr><th scope="col">Budget</th><th scope="col">Bad</th><th scope="col">Share, 95 %</th><th scope="col">Left</th><th scope="col">Burn rate</th></tr></thead>
      <tbody>\((told["budgets"]?.array ?? []).html(row))</tbody></table>
      <p class="quiet pad">Late by the platform is what would have been on time without its part; an outage takes nothing from what people have. At a burn rate of 1 a budget is
      used up just when its days are over.</p></section>
      """
  }

  private func charts(_ told: JSON) -> HTML {
    func bars(_ words: (JSON) -> (Double?, String)) -> [Chart.Bar] {
      days.map { group in
        let (value, text) = words(group)
        return Chart.Bar(day: group["group"]?["day"]?.string ?? "", value: value, words: text)
      }
    }
    func kpi(_ group: JSON, _ name: String) -> JSON? { group["kpis"]?.array?.first { $0["kpi"]?.string == name } }
    let seconds = told["promise"]?["seconds"]?.double ?? 0
    let latency = Chart(
      id: "latency", title: "Latency, p95, by day",
      bars: bars { group in
        let value = kpi(group, "latency_p95")?["estimate"]?.double
        return (value, value.map { Plain.span($0) } ?? "not enough data")
      }, limit: (seconds, "\(Plain.span(seconds)) promised"))
    let ended = Chart(
      id: "ended", title: "Cases that ended, by day",
      bars: bars { ($0["ended"]?.double ?? $0["ended"]?.integer.map(Double.init), "\($0["ended"]?.integer ?? 0)") })
    let verified = Chart(
      id: "verified", title: "Human verification rate, by day",
      bars: bars { group in
        let figure = kpi(group, "human_verification_rate")
        return (figure?["estimate"]?.double, figure?["status"]?.string == "ok" ? Told.percent(figure?["estimate"]) : "\(Told.percent(figure?["estimate"])), too few to tell")
      })
    return """
      <section class="card" aria-labelledby="charts"><h2 id="charts">The last 28 days</h2><div class="charts">\(latency.html)\(ended.html)\(verified.html)</div></section>
      """
  }

  /// Where the time of all cases went, and at which tier it was spent waiting.
  private func delays(_ told: JSON) -> HTML {
    let seconds = told["window"]?["seconds"]
    let total = seconds?["total"]?.double ?? 0
    let parts = [("machine", "until people were asked, or done alone"), ("queue", "waiting to be taken"), ("handle", "in somebody’s hands"), ("undo", "in the undo window"), ("effect", "until the executor had answered")]
    let tiers = (seconds?["tiers"]?.array ?? []).map { $0.double ?? 0 }
    let waited = tiers.reduce(0, +)
    func row(_ name: String, _ value: Double, of whole: Double) -> HTML {
      "<tr><th scope=\"row\">\(name)</th><td class=\"num\">\(Plain.span(value))</td><td class=\"num\">\(whole > 0 ? Told.percent(.number(value / whole)) : "–")</td></tr>"
    }
    let rows = parts.html { row($0.1, seconds?[$0.0]?.double ?? 0, of: total) }
    let rungs = tiers.enumerated().filter { $0.element > 0 }.html { row("waiting at tier \($0.offset + 1)", $0.element, of: waited) }
    return """
      <section class="card" aria-labelledby="delays"><h2 id="delays">Where the time went</h2>
      <table><thead><tr><th scope="col">Part</th><th scope="col">All cases together</th><th scope="col">Share</th></tr></thead><tbody>\(rows)\(rungs)</tbody></table></section>
      """
  }

  private func figures(_ told: JSON) -> HTML {
    let rows = (told["window"]?["kpis"]?.array ?? []).html { figure in
      let name = figure["kpi"]?.string ?? ""
      let meaning: HTML = (definitions?[name]?.string).map { "<small class=\"meaning\">\($0)</small>" } ?? ""
      return "<tr><th scope=\"row\">\(Plain.words(name))</th><td>\(Told.figure(figure))\(meaning)</td></tr>"
    }
    return """
      <section class="card" aria-labelledby="figures"><h2 id="figures">Figures of \(told["promise"]?["window_days"]?.integer ?? 28) days</h2><table><tbody>\(rows)</tbody></table></section>
      """
  }

  /// Of a hash its beginning, which is enough to know it by.
  private static func short(_ version: String) -> String { version.count > 40 ? "\(version.prefix(12))…" : version }

  private func compared(_ told: JSON) -> HTML {
    let by = told["by"]?.string ?? ""
    guard let reference = told["reference"]?["value"]?.string else { return "" }
    let others = told["others"]?.array ?? []
    let rows: [HTML] = others.flatMap { other -> [HTML] in
      (other["shares"]?.array ?? []).html { share in
        """
        <tr><th scope="row">\(Self.short(other["value"]?.string ?? "")): \(Plain.words(share["kpi"]?.string ?? ""))</th>
        <td class="num"><span class="side">It</span>\(Told.percent(share["now"])) <small>n = \(share["n"]?.integer ?? 0)</small></td>
        <td class="num"><span class="side">The reference</span>\(Told.percent(share["before"])) <small>n = \(share["n_before"]?.integer ?? 0)</small></td>
        <td class="num"><span class="side">Difference, 95 %</span>\(Told.percent(share["low"])) to \(Told.percent(share["high"]))</td>
        <td><span class="side">So</span>\(share["verdict"]?.string ?? "")</td></tr>
        """
      }
    }
    let body: HTML = others.isEmpty ? "<p class=\"pad quiet\">All cases had <code>\(reference)</code>.</p>" : """
      <table class="tasks health"><thead><tr><th scope="col">\(Plain.words(by))</th><th scope="col">It</th><th scope="col">The reference</th><th scope="col">Difference, 95 %</th><th scope="col">So</th></tr></thead>
      <tbody>\(rows)</tbody></table>
      """
    return """
      <section class="card" aria-labelledby="by-\(attribute: by)"><h2 id="by-\(attribute: by)">\(Plain.words(by)) versions beside \(Self.short(reference))</h2>\(body)</section>
      """
  }
}
