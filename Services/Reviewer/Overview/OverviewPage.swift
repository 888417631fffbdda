import JSON
import Wire

/// How all workflows stand: ready for production or not, too slow or not, and why; which reports wait for a name.
struct OverviewPage {
  /// As audit tells; nil where it does not answer.
  let told: JSON?
  /// Of yesterday; nil where audit does not answer.
  let daily: JSON?

  var html: HTML {
    guard let told else { return "<h1>Overview</h1>\(Told.silent)" }
    let workflows = told["workflows"]?.array ?? []
    let list: HTML = workflows.isEmpty
      ? "<p class=\"empty\">No workflow declares budgets here (WORKFLOWS of audit).</p>"
      : """
        <table class="tasks health"><thead><tr><th scope="col">Workflow</th><th scope="col">Production-ready</th><th scope="col">Too slow</th>
        <th scope="col">Today</th><th scope="col">Budgets left</th></tr></thead><tbody>\(workflows.html(row))</tbody></table>
        """
    return """
      <h1>Overview</h1>\(list)\(reports)
      <p class="quiet">A workflow is ready when every criterion holds, and on enough data to say so. As of \(Plain.moment(told["at"]?.string)) UTC, from
      \(told["ledger"]?.integer ?? 0) records.</p>
      """
  }

  private var reports: HTML {
    let day = daily?["from"]?.string ?? ""
    let names = (daily?["signatures"]?.array ?? []).compactMap { $0["person"]?.string }
    let state: HTML = daily == nil ? "" : names.isEmpty
      ? "<p class=\"notice\"><a href=\"/reports/daily?day=\(attribute: day)\">The daily report of \(day)</a> waits for a name under it.</p>"
      : "<p>The <a href=\"/reports/daily?day=\(attribute: day)\">daily report of \(day)</a> is signed by \(names.joined(separator: ", ")).</p>"
    return """
      <section class="card" aria-labelledby="reports"><h2 id="reports">Reports</h2><div class="pad">\(state)
      <p class="kinds"><a href="/reports/daily">Daily</a><a href="/reports/weekly">Weekly</a><a href="/reports/quarterly">Thresholds of the quarter</a></p></div></section>
      """
  }

  private func row(_ each: JSON) -> HTML {
    let name = each["workflow"]?.string ?? ""
    let waiting = each["waiting"]?.array?.first?.integer ?? 0
    return """
      <tr><th scope="row"><a href="/workflows/\(attribute: name)">\(Plain.words(name))</a> <small>\(each["owner"]?.string ?? "")</small></th>
      <td><span class="side">Production-ready</span>\(Told.answer(each, "production_ready", "because", isGood: true))</td>
      <td><span class="side">Too slow</span>\(Told.answer(each, "too_slow", "too_slow_because", isGood: false))</td>
      <td class="num"><span class="side">Today</span>\(each["figures"]?["ended"]?.integer ?? 0) ended, \(each["open"]?.integer ?? 0) open, \(waiting) wait for people</td>
      <td class="num"><span class="side">Budgets left</span>\((each["budgets"]?.array ?? []).html { "<span class=\"none\">\($0["budget"]?.string ?? "") \(Told.percent($0["left"]))</span><br>" })</td></tr>
      """
  }
}
