import Identity
import JSON
import Wire

/// The waivers of the list in force: for what, why, by whose leave, until when, and how often they were used.
struct ExceptionsPage {
  /// As policy tells; nil where it does not answer.
  let told: JSON?
  let people: People
  let now: Instant

  var html: HTML {
    guard let told else {
      return "<h1>Exceptions</h1><p class=\"notice alert\" role=\"alert\">Policy does not answer, or nobody has told the desk where (POLICY_URL): countersign exception list tells.</p>"
    }
    let all = told["exceptions"]?.array ?? []
    // What counts first, then what will, then what is over.
    let order = ["in_force", "unusable", "pending", "ended"]
    let sorted = all.enumerated().sorted {
      (order.firstIndex(of: state($0.element)) ?? 9, text($0.element, "expires"), $0.offset) < (order.firstIndex(of: state($1.element)) ?? 9, text($1.element, "expires"), $1.offset)
    }.map(\.element)
    let fault: HTML = told["fault"]?.string.map { "<p class=\"notice alert\" role=\"alert\">The list has no effect: \($0)</p>" } ?? ""
    let list: HTML = sorted.isEmpty ? "<p class=\"empty\">No exception is in force.</p>" : """
      <table class="tasks"><thead><tr><th scope="col">Exception</th><th scope="col">Why</th><th scope="col">State</th><th scope="col">Until</th>
      <th scope="col">Used</th><th scope="col">By whose leave</th></tr></thead><tbody>\(sorted.html(row))</tbody></table>
      """
    let number: HTML = (told["version"]?.integer ?? 0) == 0 ? "" : "List \(told["version"]?.integer ?? 0)\(since(told)). "
    return """
      <h1>Exceptions</h1>\(fault)\(list)
      <p class="quiet">\(number)A list comes into force by two signatures: <code>countersign exception</code>. An exception waives what it
      names and nothing else; a case that only an expert may decide still goes to one.</p>
      """
  }

  private func text(_ entry: JSON, _ member: String) -> String { entry[member]?.string ?? "" }
  private func state(_ entry: JSON) -> String { text(entry, "state") }
  private func name(_ id: String) -> String { people.person(id: id)?.name ?? id }

  private func since(_ told: JSON) -> HTML {
    guard let at = told["at"]?.string else { return "" }
    return ", in force since \(Plain.moment(at)) UTC"
  }

  private func row(_ entry: JSON) -> HTML {
    let waives = (entry["waives"]?.array ?? []).compactMap(\.string).joined(separator: ", ")
    let words = ["in_force": "in force", "pending": "not begun", "ended": "over", "unusable": "without effect"][state(entry)] ?? state(entry)
    let uses = entry["uses"]?.integer ?? 0
    let left = Instant(rfc3339: text(entry, "expires")).map { $0.seconds(since: now) } ?? 0
    let rest: HTML = state(entry) == "in_force" && left > 0 ? " <small>\(Plain.span(left)) left</small>" : ""
    let last: HTML = entry["last_used"]?.string.map { " <small>last \(Plain.moment($0))</small>" } ?? ""
    return """
      <tr><td><b>\(text(entry, "id"))</b> <small>\(Plain.words(text(entry, "workflow"))): \(waives)</small></td><td>\(text(entry, "reason"))</td>
      <td><span class="chip">\(words)</span></td><td class="num">\(Plain.moment(text(entry, "expires")))\(rest)</td>
      <td class="num">\(uses == 0 ? "never" : uses == 1 ? "once" : "\(uses) times")\(last)</td>
      <td>\(name(text(entry, "approver"))) <small>asked by \(name(text(entry, "requester")))</small></td></tr>
      """
  }
}
