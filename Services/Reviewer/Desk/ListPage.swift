import Domain
import Identity
import JSON
import Wire

/// What waits for somebody: their queues with counts, and the tasks, the next deadline first.
struct ListPage {
  let counts: [GroupCount]
  let rows: [TaskRow]
  let next: String?
  let queue: String?
  let now: Instant
  let people: People

  var html: HTML {
    let total = rows.count
    return """
      <h1>\(queue.map { "Queue \($0)" } ?? "What waits for you")</h1>
      <div class="queues">\(counts.html(count))</div>
      \(total == 0 ? empty : list)
      \(next.map(more) ?? "")
      """
  }

  private func count(_ count: GroupCount) -> HTML {
    let isHere = count.group == queue
    let oldest: HTML = count.oldest.map { "oldest \(Plain.span(now.seconds(since: $0)))" } ?? "nothing open"
    let late: HTML = count.breached == 0 ? "" : " · <b class=\"late\">\(count.breached) past the first tier</b>"
    return """
      <a class="queue" href="/?queue=\(attribute: count.group)"\(isHere ? " aria-current=\"page\"" : "")><span>\(Plain.words(count.group))</span>
      <strong>\(count.open)</strong><small>\(count.unclaimed) free · \(oldest)\(late)</small></a>
      """
  }

  private var empty: HTML {
    "<p class=\"empty\">Nothing waits for you\(queue == nil ? "" : " in this queue"). New tasks appear when the page is loaded again.</p>"
  }

  private var list: HTML {
    """
    <table class="tasks"><thead><tr><th scope="col">Task</th><th scope="col">Why</th><th scope="col">Impact</th>
    <th scope="col">Next</th><th scope="col">Held by</th></tr></thead><tbody>\(rows.html(row))</tbody></table>
    <p class="quiet">The next deadline first. <kbd>j</kbd> <kbd>k</kbd> move, <kbd>Enter</kbd> opens, <kbd>?</kbd> lists all keys.</p>
    """
  }

  private func row(_ row: TaskRow) -> HTML {
    let left = row.next.seconds(since: now)
    let holder = row.holder.isEmpty ? "nobody" : people.person(id: row.holder)?.name ?? row.holder
    return """
      <tr><td><a class="task" href="/tasks/\(attribute: row.key)">\(Plain.words(row.workflow))</a> <small>\(String(row.key.suffix(6)))</small></td>
      <td>\(row.title)</td><td><span class="chip \(attribute: risk(row.risk))">\(row.risk)</span></td>
      <td class="num">\(left < 0 ? "late " : "")\(Plain.span(abs(left)))\(row.tier > 1 ? ", tier \(row.tier)" : "")</td><td>\(holder)</td></tr>
      """
  }

  private func risk(_ risk: String) -> String { Risk(rawValue: risk)?.rawValue ?? "high" }

  private func more(_ cursor: String) -> HTML {
    let filter: HTML = queue.map { "&amp;queue=\(attribute: $0)" } ?? ""
    return "<p><a href=\"/?after=\(attribute: cursor)\(filter)\">More</a></p>"
  }
}

/// Who are you? Only in a demo, on loopback.
struct SignInPage {
  let people: People

  var html: HTML {
    """
    <h1>Who are you?</h1><p class="quiet">A demonstration: whoever is at this machine may choose. In production people sign in elsewhere.</p>
    <form method="post" action="/sign-in" class="people">\(people.all.html(card))</form>
    """
  }

  private func card(_ person: Person) -> HTML {
    """
    <button name="person" value="\(attribute: person.id)"><b>\(person.name)</b>
    <small>\(person.groups.map(Plain.words).joined(separator: ", "))\(person.isDutyOfficer ? " · on duty" : "")</small></button>
    """
  }
}
