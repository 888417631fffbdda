import Identity
import JSON
import Wire

/// How the queues stand: what is oldest, what is late, what will be, and whose it all is.
struct HealthPage {
  let queues: [QueueHealth]
  let now: Instant
  /// What people left to others; nil for who does not lead.
  var skips: [SkipCount]?
  var people = People([])

  var html: HTML {
    """
    <h1>Queues</h1>
    <div id="live">\(queues.isEmpty ? "<p class=\"empty\">No queue asks a group of yours.</p>" : table)</div>
    <p class="quiet">The forecast supposes that as many cases come and end in the next hour as in the last one. A task that nobody holds is its group’s,
    and where nobody of the group may decide it, the duty officer’s or that of whoever is accountable for the workflow. The p95 is of the last day, from \(HealthReport.fewestForP95) ended cases on.</p>\(left)
    """
  }

  private var left: HTML {
    guard let skips else { return "" }
    guard !skips.isEmpty else { return "<p class=\"quiet\">Nobody has left anything to others within a week.</p>" }
    return """
      <section class="card" aria-labelledby="left"><h2 id="left">Left to others within a week</h2>
      <table class="health"><thead><tr><th scope="col">Who</th><th scope="col">Left</th><th scope="col">Decided</th><th scope="col">Why</th></tr></thead><tbody>\(skips.html(skip))</tbody></table></section>
      """
  }

  private func skip(_ count: SkipCount) -> HTML {
    let codes = count.codes.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { code, number in
      "\(DecisionReason.all.first { $0.code == code }?.title ?? code) (\(number))"
    }
    return """
      <tr><th scope="row">\(people.person(id: count.person)?.name ?? count.person)</th><td class="num">\(count.skipped), \(Plain.decimal(count.share * 100, places: 0))%</td>
      <td class="num">\(count.decided)</td><td>\(codes.joined(separator: ", "))</td></tr>
      """
  }

  private var table: HTML {
    """
    <table class="tasks health"><thead><tr><th scope="col">Queue</th><th scope="col">Open</th><th scope="col">Oldest</th><th scope="col">Past the first tier</th>
    <th scope="col">Due within the hour</th><th scope="col">Last hour</th><th scope="col">p95</th><th scope="col">In an hour</th><th scope="col">Without an owner</th></tr></thead>
    <tbody>\(queues.html(row))</tbody></table>
    """
  }

  private func row(_ queue: QueueHealth) -> HTML {
    let oldest: HTML = queue.oldest.map { "\(Plain.span(max(0, now.seconds(since: $0))))" } ?? "–"
    let late: HTML = queue.lateInAnHour == 0 ? "" : ", <b class=\"late\">\(queue.lateInAnHour) late</b>"
    let breached: HTML = queue.breached == 0 ? "none" : "<b class=\"late\">\(queue.breached)</b>"
    let unowned: HTML = queue.unowned == 0 ? "none" : "<b class=\"late\">\(queue.unowned)</b>"
    return """
      <tr><th scope="row"><a href="/?queue=\(attribute: queue.queue)">\(Plain.words(queue.queue))</a></th>
      <td class="num"><span class="side">Open</span>\(queue.open) <small>\(queue.free) free</small></td>
      <td class="num"><span class="side">Oldest</span>\(oldest)</td><td class="num"><span class="side">Past the first tier</span>\(breached)</td>
      <td class="num"><span class="side">Due within the hour</span>\(queue.dueSoon)</td>
      <td class="num"><span class="side">Last hour</span>\(queue.arrived) came, \(queue.ended) ended</td>
      <td class="num"><span class="side">p95</span>\(queue.p95.map { Plain.span($0) } ?? "–")</td>
      <td class="num"><span class="side">In an hour</span>\(queue.openInAnHour) open\(late)</td>
      <td class="num"><span class="side">Without an owner</span>\(unowned)</td></tr>
      """
  }
}
