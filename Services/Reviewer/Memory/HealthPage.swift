import JSON
import Wire

/// How the queues stand: what is oldest, what is late, what will be, and whose it all is.
struct HealthPage {
  let queues: [QueueHealth]
  let now: Instant

  var html: HTML {
    """
    <h1>Queues</h1>
    <div id="live">\(queues.isEmpty ? "<p class=\"empty\">No queue asks a group of yours.</p>" : table)</div>
    <p class="quiet">The forecast supposes that as many cases come and end in the next hour as in the last one. A task that nobody holds is its group’s,
    and where nobody of the group may decide it, the duty officer’s or that of whoever is accountable for the workflow.</p>
    """
  }

  private var table: HTML {
    """
    <table class="tasks health"><thead><tr><th scope="col">Queue</th><th scope="col">Open</th><th scope="col">Oldest</th><th scope="col">Past the first tier</th>
    <th scope="col">Due within the hour</th><th scope="col">Last hour</th><th scope="col">In an hour</th><th scope="col">Without an owner</th></tr></thead>
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
      <td class="num"><span class="side">In an hour</span>\(queue.openInAnHour) open\(late)</td>
      <td class="num"><span class="side">Without an owner</span>\(unowned)</td></tr>
      """
  }
}
