import Identity
import JSON
import Wire

/// Who is away and who stands in, and the form by which somebody says so.
struct AwayPage {
  let person: Person
  /// Current ones and those that lie ahead.
  let absences: [Absence]
  let presence: Presence
  let now: Instant
  let formToken: String
  /// What was typed, where it was refused.
  let form: Form
  let formKey: String

  private var people: People { presence.people }

  var html: HTML {
    """
    <h1>Away</h1>
    \(absences.isEmpty ? "<p class=\"empty\">Nobody is away, and nobody has said that they will be.</p>" : table)
    \(say)
    <p class="quiet">Whoever is away is offered nothing, owns nothing and is not on call; their turns, and what was laid aside by them or asked of
    them, go to whoever stands in, who decides as himself. Of groups he gets only those that the directory lets him take (<code>stands_in</code>). The two count
    as one person meanwhile: neither decides what the other asked for, nor as a second one after the other. A delegate who is away stands in for nobody.</p>
    """
  }

  private var table: HTML {
    """
    <table class="tasks"><thead><tr><th scope="col">Who</th><th scope="col">Stands in</th><th scope="col">From</th><th scope="col">Until</th>
    <th scope="col"><span class="sr">End it</span></th></tr></thead><tbody>\(absences.html(row))</tbody></table>
    """
  }

  private func name(_ id: String) -> String { people.person(id: id)?.name ?? id }

  private func row(_ absence: Absence) -> HTML {
    let isNow = absence.covers(now)
    let standIn: HTML =
      if let delegate = absence.delegate {
        isNow && presence.delegate(of: absence.person) == nil ? "\(name(delegate)) <small>is away too: nobody stands in</small>" : "\(name(delegate))"
      } else { "<span class=\"quiet\">nobody</span>" }
    let said: HTML = absence.by == absence.person ? "" : " <small>said by \(name(absence.by))</small>"
    let words: HTML = absence.words.isEmpty ? "" : " <small>\(absence.words)</small>"
    let mayEnd = people.person(id: absence.person).map { person.speaks(for: $0) } ?? false
    let end: HTML = mayEnd
      ? """
        <form method="post" action="/away/\(attribute: absence.person)/\(attribute: absence.id)/end"><input type="hidden" name="token" value="\(attribute: formToken)">
        <button>\(isNow ? absence.person == person.id ? "I am back" : "End it" : "Call it off")</button></form>
        """ : ""
    return """
      <tr><td><b>\(name(absence.person))</b>\(said)\(words)</td><td>\(standIn)</td>
      <td class="num">\(isNow ? "now" : Plain.moment(absence.from.description))</td><td class="num">\(Plain.moment(absence.until.description))</td><td>\(end)</td></tr>
      """
  }

  private var say: HTML {
    let whom = people.all.filter { person.speaks(for: $0) }
    let standIns = people.all.filter { $0.claim != person.claim || whom.count > 1 }
    return """
      <section class="card" aria-labelledby="say"><h2 id="say">Say that \(whom.count > 1 ? "somebody is" : "you are") away</h2>
      <form method="post" action="/away"><input type="hidden" name="token" value="\(attribute: formToken)"><input type="hidden" name="key" value="\(attribute: formKey)">
      \(whom.count > 1 ? "<label>Who<select name=\"person\">\(whom.html { option($0, form["person"] ?? person.id) })</select></label>" : "")
      <label>From (UTC; empty: from now on)<input type="datetime-local" name="from" value="\(attribute: form["from"] ?? "")"></label>
      <label>Until (UTC)<input type="datetime-local" name="until" required value="\(attribute: form["until"] ?? "")"></label>
      <label>Who stands in<select name="to"><option value="">nobody in particular</option>\(standIns.html { option($0, form["to"] ?? "") })</select></label>
      <label>In words (if you like; everybody who signs in can read it)<input name="words" maxlength="\(Absence.mostWords)" value="\(attribute: form["words"] ?? "")"></label>
      <button class="primary">Say so</button></form></section>
      """
  }

  private func option(_ other: Person, _ chosen: String) -> HTML {
    "<option value=\"\(attribute: other.id)\"\(other.id == chosen ? " selected" : "")>\(other.name), \(other.groups.map(Plain.words).joined(separator: ", ").lowercased())</option>"
  }
}
