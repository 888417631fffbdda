import Host
import Identity
import JSON
import Wire

/// What runs by itself and what is stopped, since when, by whom and why.
struct StopsPage {
  /// As policy tells; nil where it does not answer.
  let stops: [JSON]?
  /// Whether anybody has told where policy answers.
  let isTold: Bool
  let workflows: [String]
  let person: Person
  let people: People
  let formToken: String
  /// What was typed, where it was refused.
  let form: Form

  static let untold = "Nobody has told the desk where policy answers (POLICY_URL): use countersign stop."

  var html: HTML {
    guard let stops else {
      let why = isTold ? "Policy does not answer: what is stopped nobody can say now. Try again in a moment; countersign stop works without this page." : Self.untold
      return "<h1>Stop switch</h1><p class=\"notice alert\" role=\"alert\">\(why)</p>"
    }
    return """
      <h1>Stop switch</h1>
      <table class="tasks"><thead><tr><th scope="col">Workflow</th><th scope="col">State</th><th scope="col">Since</th><th scope="col">Who and why</th></tr></thead>
      <tbody>\((["*"] + workflows).html { row($0, stops) })</tbody></table>
      \(mayAct ? forms(stops) : "<p class=\"quiet\">Leads and officers on duty can stop automation.</p>")
      <p class="quiet">Stopped, nothing goes out without a person: what would go alone is asked of people, permits that nobody has acted on are revoked, and what arrives
      is taken in. One person stops; two start again, the second within ten minutes of the first.</p>
      """
  }

  private var mayAct: Bool { Gate.isLead(person) || person.groups.contains(dutyGroup) }
  private func title(_ workflow: String) -> String { workflow == "*" ? "Everything" : Plain.words(workflow) }
  private func name(_ id: String) -> String { people.person(id: id)?.name ?? id }
  private func moment(_ json: JSON?) -> String { json?.integer.map { Plain.moment(Instant(microseconds: $0).description) } ?? "" }

  private func row(_ workflow: String, _ stops: [JSON]) -> HTML {
    let own = stops.first { $0["workflow"]?.string == workflow }
    let all = stops.first { $0["workflow"]?.string == "*" }
    guard let stop = own ?? all else {
      return "<tr><td><b>\(title(workflow))</b></td><td>\(workflow == "*" ? "not stopped" : "runs")</td><td></td><td></td></tr>"
    }
    let state: HTML = own == nil ? "stopped with everything" : "<b class=\"late\">stopped</b>"
    return """
      <tr><td><b>\(title(workflow))</b></td><td>\(state)</td><td class="num">\(moment(stop["at"]))</td>
      <td><b>\(name(stop["by"]?.string ?? ""))</b>: \(stop["reason"]?.string ?? "")\(own == nil ? "" : starter(stop))</td></tr>
      """
  }

  /// Who wants to start it again: one more is needed.
  private func starter(_ stop: JSON) -> HTML {
    guard let starter = stop["starter"]?.string, let at = stop["starter_at"]?.integer else { return "" }
    let until = Instant(microseconds: at).adding(seconds: 600)
    guard until > .now else { return "" }
    return " <small><b>\(name(starter))</b> wants to start it again; another person has until \(Plain.moment(until.description)) UTC</small>"
  }

  private func forms(_ stops: [JSON]) -> HTML {
    let stopped = stops.compactMap { $0["workflow"]?.string }
    let running = (["*"] + workflows).filter { !stopped.contains($0) }
    let stop: HTML = running.isEmpty ? "" : """
      <section class="card" aria-labelledby="stop"><h2 id="stop">Stop</h2>
      <form method="post" action="/stops">\(token)\(choice(running))
      <label>Why (it is shown with every case)<input name="reason" required maxlength="\(GovernanceRoutes.mostReason)" value="\(attribute: form["reason"] ?? "")"></label>
      <button class="danger">Stop now</button></form></section>
      """
    let start: HTML = stopped.isEmpty ? "" : """
      <details class="verb" data-key="w"\(form["workflow"] != nil && form["reason"] == nil ? " open" : "")><summary>Start again… <kbd>W</kbd></summary>
      <form method="post" action="/starts">\(token)\(choice(stopped, since: stops))
      <p id="signing" class="quiet" role="status">Policy takes nobody’s word for this but yours: your browser signs it with a key of its own.</p>
      <noscript><p class="notice alert">Without its script this page cannot sign, and nothing would start: countersign start works without it.</p></noscript>
      <button class="wide">Say that it may start</button></form></details>
      """
    return "\(stop)\(start)"
  }

  private var token: HTML { "<input type=\"hidden\" name=\"token\" value=\"\(attribute: formToken)\">" }

  /// - Parameter stops: where each must say which stop it means, since that is what is signed.
  private func choice(_ names: [String], since stops: [JSON] = []) -> HTML {
    """
    <label>What<select name="workflow">\(names.html { name in
      let at = stops.first { $0["workflow"]?.string == name }?["at"]?.integer
      let since: HTML = at.map { " data-at=\"\($0)\"" } ?? ""
      return "<option value=\"\(attribute: name)\"\(since)\(name == form["workflow"] ? " selected" : "")>\(title(name))</option>"
    })</select></label>
    """
  }
}
