import Domain
import Identity
import JSON
import Permits
import Wire

/// One task: why first, then what would change, what it rests on, and beside it the decision.
struct TaskPage {
  let view: CaseView
  let person: Person
  let people: People
  let formToken: String
  /// What the person has typed, when the decision was refused.
  var draft = Form()
  /// Where that was kept before; nil where it was just typed.
  var kept: Draft?
  /// The version that the person has seen, where that is not the one before.
  var seen: Int64?
  /// Other cases that say the same.
  var alike: [LikeCase] = []
  /// A private value that this person has just asked to see.
  var revealed: Revealed?
  var previous: String?
  var next: String?
  /// Where the person signs in anew; nil while their sign-in is young enough for what asks for that.
  var signIn: HTML?
  /// Makes a repeated sending of the same form the same decision.
  let formKey: String

  var html: HTML {
    """
    <div class="title"><h1>\(Plain.words(view.text("workflow"))) <span class="quiet">\(view.target)</span></h1><p class="quiet">\(view.text("risk")) impact · \(route) ·
    case \(view.key) · version \(view.json["version"]?.integer ?? 0)</p>\(neighbours)</div>
    <div class="desk"><div class="case">\(revealed?.html(view.names) ?? "")\(ChangedSince(view, seen: seen).html)\(draftNotice)\(GlassCard(page: self).notice)\(ReopensCard(view: view, people: people).html)\(QuestionsCard(page: self).html)\(why)\(WhatWouldChange(view, yours: yours, people: people).html)\(ConflictTable(view).html)\(advice)\(request)\(Evidence(view, formToken: formToken).html)\(LikeCases(cases: alike, people: people).html)\(soFar)</div>
    <aside class="decide" aria-label="Decide">\(clocks)<p id="viewers" class="quiet" role="status"></p>\(act)\(places)\(DecisionForms(page: self).html)<p id="draft" class="quiet" role="status"></p>\(HandlingForms(page: self).html)\(GlassCard(page: self).form)\(trust)\(again)</aside></div>
    """
  }

  var precedent: Precedent? { Precedent(alike) }

  /// Whether to decide so goes another way than all cases that say the same.
  func isAgainstPrecedent(_ verb: Approval.Verb) -> Bool { view.text("route") != "block" && precedent?.isAgainst(verb) ?? false }

  /// The action as this person has edited it so far; nil where they have not.
  var yours: JSON? { draft["verb"] == "edit" ? view.workflow?.action(from: draft, for: view.file) : nil }

  private var route: String {
    switch Route(rawValue: view.text("route")) {
    case .sme: "an expert decides"
    case .block: "it may not run"
    default: "review"
    }
  }

  private var neighbours: HTML {
    let back: HTML = previous.map { "<a rel=\"prev\" href=\"/tasks/\(attribute: $0)\">Previous</a>" } ?? ""
    let on: HTML = next.map { "<a rel=\"next\" href=\"/tasks/\(attribute: $0)\">Next</a>" } ?? ""
    return "<nav aria-label=\"Tasks\">\(back) <a href=\"/\">All</a> <a href=\"/cases/\(attribute: view.key)\">Story</a> \(on)</nav>"
  }

  private var draftNotice: HTML {
    guard let kept else { return "" }
    let isOld = kept.version != view.json["version"]?.integer
    return """
      <p class="notice">Your draft of \(Plain.moment(kept.saved.description)) UTC is back in its form.\(isOld ? " The case has changed since you wrote it: look at what changed." : "")</p>
      """
  }

  private var why: HTML {
    let matches = (view.file["matches"]?.array ?? []).html { match -> HTML in
      let code = match["code"]?.string ?? ""
      let field = match["evidence"]?.string ?? ""
      let words = match["waived"]
      let waived: HTML = words?["exception"]?.string.map { id in
        "<small>waived by exception \(id) until \(words?["until"]?.string ?? "") because \(words?["reason"]?.string ?? "")</small>"
      } ?? ""
      let earlier: HTML = match["earlier"]?.bool == true ? "<small>said before the sources changed</small>" : ""
      return """
        <li><span class="chip warn">\(ReasonCode(rawValue: code)?.title ?? Plain.words(code))</span>
        <span>\(view.names.named(match["because"]?.string ?? ""))</span><small>\(field) \(rule(match))</small>\(waived)\(earlier)</li>
        """
    }
    return "<section class=\"why\" aria-labelledby=\"why\"><h2 id=\"why\">Why you see this</h2><ol>\(matches)</ol></section>"
  }

  /// By which rule, so that it can be found in the policy; gates of the product itself have none.
  private func rule(_ match: JSON) -> HTML {
    let rule = match["rule"]?.string ?? ""
    return rule.isEmpty ? "" : "<span class=\"rule\">rule \(rule)</span>"
  }

  /// What the model said, beside an action or instead of one.
  private var advice: HTML {
    guard let output = view.file["output"], !output.isNull else { return "" }
    let title = view.isExpert ? "Advice of the model: you decide" : "What the model said"
    return fold(title, FieldTable(output, view, evidenceUnder: ["proposal."]).html, isOpen: view.isExpert)
  }

  private var request: HTML {
    fold("The request", FieldTable(view.file["data"] ?? .null, view, evidenceUnder: ["", "item."]).html, isOpen: true)
  }

  func fold(_ title: String, _ rows: HTML, isOpen: Bool) -> HTML {
    "<details class=\"card\"\(isOpen ? " open" : "")><summary><h2>\(title)</h2></summary>\(rows)</details>"
  }

  private var soFar: HTML {
    let entries = (view.json["so_far"]?.array ?? []).html { entry -> HTML in
      """
      <li><time>\(Plain.moment(entry["at"]?.string))</time> <span><b>\(what(entry))</b> \(view.names.named(said(entry)))</span></li>
      """
    }
    return "<section class=\"card\" aria-labelledby=\"sofar\"><h2 id=\"sofar\">So far</h2><ol class=\"hops\">\(arrival)\(entries)</ol>\(HandlingForms(page: self).comment)</section>"
  }

  /// Of a private value, its token and the purpose in words.
  private func said(_ entry: JSON) -> String {
    let text = entry["text"]?.string ?? ""
    guard entry["what"]?.string == "revealed", let comma = text.firstIndex(of: ",") else { return text }
    let rest = text[comma...].dropFirst(2), code = rest.prefix { $0 != ":" }
    guard let purpose = DecisionReason.all.first(where: { $0.code == code }) else { return text }
    return text[..<comma] + ", " + purpose.title.lowercased() + rest.dropFirst(code.count)
  }

  private var arrival: HTML {
    let at = Instant(microseconds: view.file["ingested"]?.integer ?? 0)
    guard at.microseconds > 0 else { return "" }
    let model = [view.fileText("model"), view.fileText("prompt")].filter { !$0.isEmpty }.joined(separator: ", prompt ")
    return """
      <li><time>\(Plain.moment(at.description))</time> <span><b>Arrived</b> and was judged by \(model.isEmpty ? "no model" : model), bundle \(String(view.fileText("bundle").prefix(12)))</span></li>
      """
  }

  private func what(_ entry: JSON) -> String {
    let name = { people.person(id: $0)?.name ?? $0 }
    let who = entry["who"]?.string.map(name) ?? ""
    let to = entry["to"]?.string.map(name) ?? ""
    switch entry["what"]?.string ?? "" {
    case "opened": return "Asked"
    case "tier": return "Went up to"
    case "paged": return "Paged again:"
    case "empty": return "Passed at once, nobody is in"
    case "noticed": return "Told that it was opened:"
    case "acknowledged": return "\(who) has seen the page"
    case "changed": return "\(who) came to decide, and it had changed:"
    case "unchanged": return "No new version:"
    case "approve": return "\(who) approved"
    case "edit": return "\(who) edited"
    case "reject": return "\(who) rejected"
    case "escalate": return "\(who) escalated"
    case "undone": return "\(who) took the decision back"
    case "revealed": return "\(who) asked to see"
    case "comment": return "\(who):"
    case "held": return "\(who) put it aside"
    case "handed": return "\(who) handed it to \(to)"
    case "assigned": return "\(who) assigned it to \(to)"
    case "help": return "\(who) asked \(to) for help"
    case "skipped": return "\(who) left it to others"
    case "asked": return "\(who) asked the requester:"
    case "answered": return "The requester answered:"
    case "unasked": return "The question did not go out:"
    case "glass": return "\(who) breaks the glass, ticket"
    case "glass_granted": return "\(who) may decide alone, ticket"
    case "glass_refused": return "Policy did not let \(who) break the glass:"
    case "glass_ended": return "\(who) may decide alone no more:"
    case "opinion": return "\(who) decided too, after it was decided"
    case "returned": return "Policy did not take the decision"
    case let other: return "\(Plain.words(other)) \(who)"
    }
  }

  private var clocks: HTML {
    let ladder = clock(view.text("next_rung_at"), view.text("next_group").isEmpty ? "until the owner is paged again" : "until \(Plain.words(view.text("next_group")).lowercased())", more: tier)
    let rung = view.json["question"].map { clock($0["answer_by"]?.string ?? "", "for the requester to answer; yours stands still") } ?? ladder
    let holder = view.json["claim"]?["person"]?.string
    let lease: HTML
    if let holder {
      let whose = holder == person.id ? "yours for" : "\(people.person(id: holder)?.name ?? holder) has it for"
      let canGrow = holder == person.id && view.json["claim"]?["until"] != view.json["claim"]?["longest_until"]
      lease = clock(view.json["claim"]?["until"]?.string ?? "", whose, mark: canGrow ? " data-lease" : "")
    } else {
      lease = "<div class=\"clock\"><small>claim</small><strong>free</strong></div>"
    }
    let owned = view.text("owner")
    let name = people.person(id: owned)?.name ?? (view.text("owner_is") == "group" ? Plain.words(owned) : owned)
    let owner: HTML = owned.isEmpty ? "" : "<p class=\"owner\">Owner: <b>\(name)</b></p>"
    return "<div class=\"clocks\">\(rung)\(lease)</div>\(owner)\(paged)"
  }

  /// Somebody was called: who has seen it, or a button to say so.
  private var paged: HTML {
    guard let page = view.json["page"], view.json["decided"] == nil else { return "" }
    if let seen = page["acknowledged"]?["person"]?.string {
      let whose = seen == person.id ? "You have" : "\(people.person(id: seen)?.name ?? seen) has"
      return "<p class=\"quiet\">Paged. \(whose) seen it (\(Plain.moment(page["acknowledged"]?["at"]?.string)) UTC).</p>"
    }
    return """
      <form method="post" action="/tasks/\(attribute: view.key)/acknowledge"><input type="hidden" name="token" value="\(attribute: formToken)">
      <p class="quiet">Paged. Nobody has said that they saw it.</p><button class="wide" data-key="y">I have seen the page <kbd>Y</kbd></button></form>
      """
  }

  /// Where on its ladder the task stands.
  private var tier: String {
    let rungs = view.json["ladder"]?.array?.count ?? 0
    return rungs < 2 ? "" : ", tier \(view.json["tier"]?.integer ?? 1) of \(rungs)"
  }

  /// What is left and the moment itself; the script counts down, and says at two minutes and at one what ends.
  private func clock(_ until: String, _ label: String, mark: HTML = "", more: String = "") -> HTML {
    guard let end = Instant(rfc3339: until) else { return "<div class=\"clock\"><small>ladder</small><strong>at its end</strong></div>" }
    let left = end.seconds(since: view.now)
    return """
      <div class="clock\(left < 120 ? " soon" : "")"><small>\(label)</small>
      <small><time datetime="\(attribute: until)">\(String(Plain.moment(until).dropFirst(11).prefix(5)))</time> UTC\(more)</small>
      <strong\(mark) data-left="\(Int64(max(-1e9, min(left, 1e9))))">\(left < 0 ? "late " : "")\(Plain.span(abs(left)))</strong></div>
      """
  }

  private var act: HTML {
    guard let action = view.action else {
      return "<section class=\"act\"><h2>If approved</h2><p>Nothing is proposed\(view.isExpert ? ": your decision goes into the form below" : "").</p></section>"
    }
    let undo = view.file["undo_seconds"]?.integer ?? 0
    let fields = view.workflow?.fields(of: action).filter { $0.value != nil && !$0.isMoneyPart } ?? []
    let words = fields.isEmpty
      ? Leaf.all(of: action["body"] ?? .null, limit: 20).map { ($0.title, $0.value) }
      : fields.map { ($0.title, $0.value ?? .null) }
    return """
      <section class="act" aria-labelledby="act"><h2 id="act">If approved</h2><p><b>\(view.actionTitle)</b> <span class="target">\(view.names.named(action["target"]?.string ?? ""))</span></p>
      <ul>\(amounts(action).html { "<li>\($0.0): <b class=\"num\">\($0.1)</b></li>" })\(words.html { "<li>\($0.0): \(short(view.plain($0.1)))</li>" })</ul>
      <small>A permit for exactly this, once. \(view.workflow?.form["x-irreversible"]?.bool == true ? "It cannot be undone afterwards. " : "")You can take it back for \(undo) s.</small></section>
      """
  }

  /// What the second act of an approval names: amounts first, then to whom or what it goes, and up to three more of what it says.
  var inWords: String {
    guard let action = view.action else { return view.target }
    let money = amounts(action).map { "\($0.0.lowercased()) \($0.1)" }
    let said = (view.workflow?.fields(of: action) ?? []).filter { $0.value != nil && !$0.isMoneyPart }.prefix(3)
      .map { "\($0.title.lowercased()) \(short(view.plain($0.value ?? .null)))" }
    return ([view.target].filter { !$0.isEmpty } + money + said).joined(separator: ", ")
  }

  private func amounts(_ action: JSON) -> [(String, String)] {
    Leaf.all(of: action["body"] ?? .null, limit: 60).compactMap { leaf in Plain.money(leaf.value).map { (leaf.title, $0) } }
  }

  private func short(_ text: String) -> String { text.count > 160 ? "\(text.prefix(160))…" : text }

  private var places: HTML {
    let places = (view.json["places"]?.array ?? []).html { place -> HTML in
      let group = Plain.words(place["group"]?.string ?? "")
      if let person = place["person"]?.string {
        return "<li class=\"ok\">✓ \(people.person(id: person)?.name ?? person) <small>for \(group)</small></li>"
      }
      return "<li>○ one of \(group)</li>"
    }
    return "<section aria-labelledby=\"needs\"><h2 id=\"needs\">Who is needed</h2><ul class=\"needs\">\(places)</ul></section>"
  }

  /// The way back to how it was judged, for whoever doubts it.
  private var again: HTML { "<p class=\"quiet\">Judged again, from what is on record: <code>countersign policy explain \(view.key)</code></p>" }

  private var trust: HTML {
    let confidence = view.file["confidence"]?.double.map { Plain.decimal($0, places: 2) } ?? "unknown"
    let parts = (view.file["parts"]?.array ?? []).html { part -> HTML in
      let name = Plain.words(part["name"]?.string ?? "")
      let floor = part["floor"]?.double ?? 0
      let weight = Plain.decimal((part["weight"]?.double ?? 0) * 100, places: 0)
      guard let value = part["value"]?.double else { return "<div class=\"bar\"><span>\(name)</span><span>unknown</span><b>–</b></div>" }
      return """
        <div class="bar"><span>\(name)</span><meter min="0" max="1" low="\(Plain.decimal(floor, places: 2))" value="\(Plain.decimal(value, places: 2))" aria-label="\(attribute: name)">\(Plain.decimal(value, places: 2))</meter>
        <b>\(Plain.decimal(value, places: 2))</b><small>weighs \(weight)%, floor \(Plain.decimal(floor, places: 2)): \(part["origin"]?.string ?? "")</small></div>
        """
    }
    return "<section class=\"trust\" aria-labelledby=\"trust\"><h2 id=\"trust\">Confidence \(confidence)</h2>\(parts)</section>"
  }
}

extension ActionField {
  /// Amounts are shown whole.
  var isMoneyPart: Bool { pointer.hasSuffix("/minor") || pointer.hasSuffix("/currency") }
}
