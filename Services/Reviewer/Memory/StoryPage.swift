import Identity
import JSON
import Wire

/// All that happened to one case at the desk, also when it has ended.
struct StoryPage {
  let key: String
  /// Nil for a case that was opened before the reviewer remembered any.
  let known: KnownCase?
  let hops: [Hop]
  let alike: [LikeCase]
  let people: People
  let isOpen: Bool
  /// Of whoever may have it taken up again; nil for everybody else.
  var formToken: String?

  var html: HTML {
    """
    <div class="title"><h1>\(known.map { Plain.words($0.workflow) } ?? "Case") <span class="quiet">story</span></h1>
    <p class="quiet">\(known.map { "\($0.risk) impact · queue \($0.queue) · " } ?? "")case \(key)</p>
    <nav aria-label="Case">\(isOpen ? "<a href=\"/tasks/\(attribute: key)\">To the task</a>" : "<span class=\"quiet\">not open</span>")</nav></div>
    <section class="card" aria-labelledby="hops"><h2 id="hops">What happened <span>\(hops.count) steps at the desk</span></h2>
    \(list)</section>
    \(reopening)
    \(LikeCases(cases: alike, people: people).html)
    <p class="quiet">The desk’s part alone: <code>countersign case \(key)</code> tells what every service recorded.</p>
    """
  }

  private var reopening: HTML {
    guard let formToken, !isOpen, known != nil else { return "" }
    return """
      <details class="verb" data-key="r"><summary>Have it decided once more… <kbd>R</kbd></summary>
      <form method="post" action="/cases/\(attribute: key)/reopen"><input type="hidden" name="token" value="\(attribute: formToken)">
      <label>Why<textarea name="words" rows="3" maxlength="2000" required></textarea></label>
      <p class="quiet">A new case, decided by people who did not decide this one. Nothing here is changed, and nothing that was done is undone.</p>
      <button class="wide">Reopen</button></form></details>
      """
  }

  private var list: HTML {
    guard !hops.isEmpty else { return "<p class=\"quiet pad\">Nothing is remembered of it.</p>" }
    return "<ol class=\"hops\">\(hops.html(hop))</ol>"
  }

  private func hop(_ hop: Hop) -> HTML {
    let words = hop.words { people.person(id: $0)?.name ?? $0 }
    if hop.kind == .reopened, Edge.isKey(hop.text("again")) {
      return "<li><time>\(Plain.moment(hop.at.description))</time> <span><b>\(words.what)</b> \(words.said) <a href=\"/cases/\(attribute: hop.text("again"))\">The case that followed</a></span></li>"
    }
    return "<li><time>\(hop.at.microseconds > 0 ? Plain.moment(hop.at.description) : "")</time> <span><b>\(words.what)</b> \(words.said)</span></li>"
  }
}

/// Other cases that say the same, with what was decided there.
struct LikeCases {
  let cases: [LikeCase]
  let people: People

  var html: HTML {
    guard !cases.isEmpty else { return "" }
    return """
      <details class="card" data-key="p" open><summary><h2 id="alike">Others that say the same</h2> <small>\(cases.count), each decided by itself <kbd>P</kbd></small></summary>
      <ul class="alike-cases">\(cases.html(line))</ul></details>
      """
  }

  private func line(_ each: LikeCase) -> HTML {
    let state = switch each.state {
    case .open: "open"
    case .waiting: "decided, not released"
    case .ended: each.reason.isEmpty ? "ended" : "ended: \(Plain.words(each.reason).lowercased())"
    }
    let decision: HTML = each.decision.map { decision in
      let title = DecisionReason.all.first { $0.code == decision.code }?.title.lowercased() ?? decision.code
      return "<b>\(decision.verb)</b> by \(people.person(id: decision.person)?.name ?? decision.person)\(title.isEmpty ? "" : ", \(title)")"
    } ?? "no decision"
    return "<li><a href=\"/\(each.state == .open ? "tasks" : "cases")/\(attribute: each.key)\">\(String(each.key.suffix(6)))</a> <span>\(state)</span> <span>\(decision)</span> <time>\(Plain.moment(each.opened.description))</time></li>"
  }
}
