import Identity
import JSON
import Wire

/// A report, and the form by which somebody puts their name under it.
struct ReportPage {
  let kind: String
  let report: JSON?
  let mayWrite: Bool
  let formToken: String
  let people: People
  /// What was typed, where it was refused.
  let form: Form

  static let kinds = [("daily", "Daily"), ("weekly", "Weekly"), ("quarterly", "Thresholds of the quarter")]

  var html: HTML {
    let title = Self.kinds.first { $0.0 == kind }?.1 ?? kind
    guard let report else { return "<h1>\(title) report</h1>\(Told.silent)" }
    let (from, to) = (report["from"]?.string ?? "", report["to"]?.string ?? "")
    let isOver = report["complete"]?.bool == true
    return """
      <div class="title"><h1>\(title) report, \(from == to ? from : "\(from) to \(to)")</h1><p class="quiet">\(isOver ? "" : "Not over yet. ")From \(report["ledger"]?.integer ?? 0) records.</p>
      <nav aria-label="Up"><a href="/overview">All workflows</a></nav></div>
      <form method="get" action="/reports/\(attribute: kind)" class="pick"><label>Another day of it<input type="date" name="day" value="\(attribute: from)"></label><button>Show</button></form>
      <p class="kinds">\(Self.kinds.html(link))</p>
      \((report["workflows"]?.array ?? []).html(workflow))\(signatures(report))\(isOver && mayWrite ? sign(report) : "")
      """
  }

  private func link(_ other: (String, String)) -> HTML {
    let current: HTML = other.0 == kind ? " aria-current=\"page\"" : ""
    return "<a href=\"/reports/\(attribute: other.0)\"\(current)>\(other.1)</a>"
  }

  private func workflow(_ each: JSON) -> HTML {
    let name = each["workflow"]?.string ?? ""
    let budgets = (each["budgets"]?.array ?? []).html { budget in
      """
      <tr><th scope="row">\(budget["budget"]?.string == "audit" ? "not on record" : "late by \(budget["budget"]?.string ?? "")")</th><td class="num">\(budget["bad"]?.integer ?? 0) of \(budget["n"]?.integer ?? 0)
      <small>\(Told.percent(budget["low"])) to \(Told.percent(budget["high"])); \(Told.percent(budget["left"])) of the budget left</small></td></tr>
      """
    }
    let figures = (each["figures"]?["kpis"]?.array ?? []).html { "<tr><th scope=\"row\">\(Plain.words($0["kpi"]?.string ?? ""))</th><td>\(Told.figure($0))</td></tr>" }
    return """
      <section class="card" aria-labelledby="w-\(attribute: name)"><h2 id="w-\(attribute: name)">\(Plain.words(name))</h2><div class="pad">
      <div>Production-ready: \(Told.answer(each, "production_ready", "because", isGood: true))</div>
      <div>Too slow: \(Told.answer(each, "too_slow", "too_slow_because", isGood: false))</div>\(thresholds(each))</div>
      <table><tbody>\(budgets)</tbody></table>
      <details class="more"><summary class="pad">\(each["figures"]?["ended"]?.integer ?? 0) cases ended: all figures</summary><table><tbody>\(figures)</tbody></table></details>\(days(each))</section>
      """
  }

  private func days(_ each: JSON) -> HTML {
    guard let days = each["days"]?.array else { return "" }
    return """
      <table><thead><tr><th scope="col">Day</th><th scope="col">Ended</th><th scope="col">Late</th></tr></thead><tbody>\(days.html {
        "<tr><th scope=\"row\">\($0["day"]?.string ?? "")</th><td class=\"num\">\($0["ended"]?.integer ?? 0)</td><td class=\"num\">\($0["late"]?.integer ?? 0)</td></tr>"
      })</tbody></table>
      """
  }

  private func thresholds(_ each: JSON) -> HTML {
    guard let verdict = each["verdict"]?.string else { return "" }
    let changes = (each["changes"]?.array ?? []).html { change in
      "<li>\(Plain.words(change["kpi"]?.string ?? "")): \(Told.percent(change["now"])), before \(Told.percent(change["before"])): \(change["verdict"]?.string ?? "")</li>"
    }
    let known = (each["thresholds"]?.object?.members ?? []).map { "\($0.key) \($0.value.text)" }.joined(separator: ", ")
    return "<p>Thresholds: <b>\(verdict)</b>, since \(each["verdict_because"]?.string ?? ""). In force: \(known).</p><ul class=\"because\">\(changes)</ul>"
  }

  private func name(_ person: String) -> String { person.split(separator: " ").last.flatMap { people.person(id: String($0))?.name } ?? person }

  private func signatures(_ report: JSON) -> HTML {
    let all = report["signatures"]?.array ?? []
    let rows = all.html { signature in
      let words = signature["words"]?.string ?? ""
      let changed: HTML = signature["same"]?.bool == true ? "" : " <b class=\"late\">figures have changed since</b>"
      return "<li><b>\(name(signature["person"]?.string ?? ""))</b>, \(Plain.moment(signature["at"]?.string)) UTC <small>record \(signature["position"]?.integer ?? 0) of the ledger</small>\(changed)\(words.isEmpty ? "" : ": \(words)")</li>"
    }
    let list: HTML = all.isEmpty ? "<p class=\"quiet\">Nobody has signed it.</p>" : "<ul>\(rows)</ul>"
    return "<section class=\"card\" aria-labelledby=\"names\"><h2 id=\"names\">Signatures</h2><div class=\"pad\">\(list)</div></section>"
  }

  private func sign(_ report: JSON) -> HTML {
    """
    <section class="card" aria-labelledby="sign"><h2 id="sign">Put your name under it</h2>
    <form method="post" action="/reports/\(attribute: kind)"><input type="hidden" name="token" value="\(attribute: formToken)">
    <input type="hidden" name="day" value="\(attribute: report["from"]?.string ?? "")"><input type="hidden" name="digest" value="\(attribute: report["digest"]?.string ?? "")">
    <label>In words (if you like)<input name="words" maxlength="\(ReportSigned.mostWords)" value="\(attribute: form["words"] ?? "")"></label>
    <button class="primary">Sign what is shown</button></form></section>
    """
  }
}
