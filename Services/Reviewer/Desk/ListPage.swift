import Domain
import Identity
import JSON
import Wire

/// What waits for somebody: their queues with counts, and the tasks, the next deadline first.
struct ListPage {
  let counts: [GroupCount]
  let rows: [TaskRow]
  let next: String?
  let kind: TaskList.Kind
  let filter: TaskFilter
  let now: Instant
  let duty: Duty
  /// Whose page it is; nil in a test of the list alone.
  var person: Person?
  var workflows: [String] = []
  var pins: [Preferences.Pin] = []
  var formToken = ""
  /// How many there would be without the filter, and how many the person has left to others; 0 where something is shown.
  var hidden = 0
  var left = 0
  /// When the first task that others hold comes free.
  var nextFree: Instant?
  private var queue: String? { filter.queue }
  private var people: People { duty.people }

  var html: HTML {
    let total = rows.count
    return """
      <h1>\(queue.map { "Queue \($0)" } ?? "What waits for you")</h1>\(away)\(onCall)\(pinned)\(filters)
      <div id="live"><div class="queues">\(counts.html(count))</div>
      \(kinds)\(total == 0 ? empty : list)
      \(next.map(more) ?? "")</div>
      """
  }

  /// That nothing is offered while the person is away, and for whom they stand in.
  private var away: HTML {
    guard let person else { return "" }
    let presence = duty.presence(at: now)
    if let absence = presence.absence(of: person.id) {
      return "<p class=\"notice\">You are away until \(Plain.moment(absence.until.description)) UTC, so nothing is offered to you. <a href=\"/away\">I am back</a></p>"
    }
    let others = presence.standsFor(person.id)
    guard !others.isEmpty else { return "" }
    let names = others.html { each in "<b>\(people.person(id: each.person)?.name ?? each.person)</b> until \(Plain.moment(each.until.description)) UTC. " }
    return "<p class=\"notice\">You stand in for \(names)<a href=\"/away\">What that means</a></p>"
  }

  /// Who is called for what, now; for the person's own groups and for whatever reaches the end of its ladder.
  private var onCall: HTML {
    let groups = counts.map(\.group) + (counts.contains { $0.group == dutyGroup } ? [] : [dutyGroup])
    let turns = groups.compactMap { group in duty.turn(of: group, at: now).map { (group, $0.turn) } }
    guard !turns.isEmpty else { return "" }
    let named = turns.html { group, turn in
      "\(Plain.words(group).lowercased()) <b>\(people.person(id: turn.person)?.name ?? turn.person)</b> for \(Plain.span(turn.until.seconds(since: now))). "
    }
    return "<p class=\"quiet\">On call: \(named)</p>"
  }

  private static let titles: [(TaskList.Kind, String)] = [
    (.open, "Open"), (.free, "Free"), (.help, "You were asked for help"), (.skipped, "Left to others"), (.asked, "Waiting for an answer"), (.waiting, "Decided, not released"),
  ]

  private var kinds: HTML {
    let links = Self.titles.html { own, title in
      "<a href=\"/?state=\(attribute: own.rawValue)\(attribute: filter.query)\"\(current(own == kind))>\(title)</a>"
    }
    return "<nav class=\"kinds\" aria-label=\"Which tasks\">\(links)</nav>"
  }

  private var address: String { "state=\(kind.rawValue)\(filter.query)" }

  /// Lists that the person keeps at hand.
  private var pinned: HTML {
    guard !pins.isEmpty else { return "" }
    let links = pins.html { pin in "<a href=\"/?\(attribute: pin.query)\"\(current(pin.query == address))>\(pin.name)</a>" }
    return "<nav class=\"kinds\" aria-label=\"Pinned lists\">\(links)</nav>"
  }

  /// What is listed, as an address that can be shared and kept.
  private var filters: HTML {
    let risks = ["critical", "high", "medium", "low"]
    func options(_ all: [String], _ chosen: String?) -> HTML {
      "<option value=\"\">any</option>\(all.html { "<option value=\"\(attribute: $0)\"\($0 == chosen ? " selected" : "")>\(Plain.words($0))</option>" })"
    }
    let hiddenQueue: HTML = queue.map { "<input type=\"hidden\" name=\"queue\" value=\"\(attribute: $0)\">" } ?? ""
    let clear: HTML = filter.isEmpty ? "" : " <a href=\"/?state=\(attribute: kind.rawValue)\">Show all</a>"
    let isPinned = pins.contains { $0.query == address }
    let name = [queue, filter.workflow, filter.risk, filter.search].compactMap { $0 }.joined(separator: ", ")
    let act: HTML = isPinned ? "<input type=\"hidden\" name=\"end\" value=\"yes\"><button class=\"plain\">Unpin this list</button>" : "<button class=\"plain\">Pin this list</button>"
    let pin: HTML = filter.isEmpty && !isPinned ? "" : """
      <form method="post" action="/settings/pins" class="pick"><input type="hidden" name="token" value="\(attribute: formToken)"><input type="hidden" name="query" value="\(attribute: address)">
      <input type="hidden" name="name" value="\(attribute: Plain.words(name))">\(act)</form>
      """
    return """
      <div class="filters"><form method="get" action="/" role="search" class="pick"><input type="hidden" name="state" value="\(attribute: kind.rawValue)">\(hiddenQueue)
      <label>Search <kbd>/</kbd><input id="search" type="search" name="q" maxlength="80" value="\(attribute: filter.search ?? "")"></label>
      <label>Workflow<select name="workflow">\(options(workflows, filter.workflow))</select></label>
      <label>Impact<select name="risk">\(options(risks, filter.risk))</select></label><button>Show</button>\(clear)</form>\(pin)</div>
      """
  }

  /// The mark of the link to what is shown.
  private func current(_ isHere: Bool) -> HTML { isHere ? " aria-current=\"page\"" : "" }

  private func count(_ count: GroupCount) -> HTML {
    let isHere = count.group == queue
    let oldest: HTML = count.oldest.map { "oldest \(Plain.span(now.seconds(since: $0)))" } ?? "nothing open"
    let late: HTML = count.breached == 0 ? "" : " · <b class=\"late\">\(count.breached) past the first tier</b>"
    return """
      <a class="queue" href="/?queue=\(attribute: count.group)"\(current(isHere))><span>\(Plain.words(count.group))</span>
      <strong>\(count.open)</strong><small>\(count.unclaimed) free · \(oldest)\(late)</small></a>
      """
  }

  private var empty: HTML {
    if hidden > 0 {
      let count = hidden < 200 ? "\(hidden)" : "200 or more"
      return "<p class=\"empty\">Nothing here: the filter hides \(count). <a href=\"/?state=\(attribute: kind.rawValue)\">Show all</a></p>"
    }
    let words = switch kind {
    case .open where left > 0: "You have left all that waits to others (\(left))."
    case .open where counts.contains { $0.open > 0 } && queue != nil: "Nothing waits in this queue."
    case .open: "Nothing waits for you."
    case .free where nextFree != nil: "Nothing is free: others hold all that you could take. The first comes free in \(Plain.span(max(0, nextFree?.seconds(since: now) ?? 0))), if it is not decided."
    case .free: counts.contains { $0.open > 0 } ? "Nothing is free: others hold all that you could take." : "Nothing waits for you."
    case .help: "Nobody has asked for your help."
    case .skipped: "You have left nothing to others."
    case .asked: "Nothing waits for an answer of whoever asked."
    case .waiting: "Nothing waits for its release."
    }
    return "<p class=\"empty\">\(words) New tasks appear by themselves.</p>"
  }

  private var list: HTML {
    """
    <table class="tasks"><thead><tr><th scope="col">Task</th><th scope="col">Why</th><th scope="col">Impact</th>
    <th scope="col">Next</th><th scope="col">Held by</th></tr></thead><tbody>\(rows.html(row))</tbody></table>
    <p class="quiet">The next deadline first, within a minute the greater impact. <kbd>j</kbd> <kbd>k</kbd> move, <kbd>Enter</kbd> opens, <kbd>?</kbd> lists all keys.</p>
    """
  }

  private func row(_ row: TaskRow) -> HTML {
    let left = row.next.seconds(since: now)
    let name = { people.person(id: $0)?.name ?? $0 }
    let holder = !row.holder.isEmpty ? name(row.holder) : row.held.isEmpty ? "nobody" : "kept by \(name(row.held))"
    return """
      <tr><td><a class="task" href="/tasks/\(attribute: row.key)">\(Plain.words(row.workflow))</a> <small>\(String(row.key.suffix(6)))</small></td>
      <td>\(row.title)</td><td><span class="chip \(attribute: risk(row.risk))">\(row.risk)</span></td>
      <td class="num">\(left < 0 ? "late " : "")\(Plain.span(abs(left)))\(row.tier > 1 ? ", tier \(row.tier)" : "")</td><td>\(holder)</td></tr>
      """
  }

  private func risk(_ risk: String) -> String { Risk(rawValue: risk)?.rawValue ?? "high" }

  private func more(_ cursor: String) -> HTML {
    "<p><a href=\"/?after=\(attribute: cursor)&amp;\(attribute: address)\">More</a></p>"
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
