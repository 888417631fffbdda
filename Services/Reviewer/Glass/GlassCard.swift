import Identity
import JSON
import Permits
import Wire

/// Break-glass on a task's page: that somebody has, the form for whoever may, and what is asked of whoever looks at it afterwards.
struct GlassCard {
  let page: TaskPage

  private var view: CaseView { page.view }
  private func name(_ id: String?) -> String { id.flatMap { page.people.person(id: $0)?.name } ?? id ?? "" }

  static let workflow = "break-glass"

  /// Above the reasons: what everybody who looks at the case must know.
  var notice: HTML {
    if view.text("workflow") == Self.workflow {
      let key = view.file["data"]?["case"]?.string ?? ""
      return """
        <p class="notice">Look at <a href="/cases/\(attribute: key)">what happened in that case</a>. Approve: it was justified. Reject: it was not, and
        \(name(view.file["data"]?["person"]?.string)) may break no glass until somebody gives the right back.</p>
        """
    }
    guard let glass = view.json["glass"] else { return refused }
    let who = name(glass["person"]?.string)
    guard glass["granted"]?.bool == true else { return "<p class=\"notice\" role=\"status\" data-pending>\(who) wants to break the glass (ticket \(glass["ticket"]?.string ?? "")); policy looks at it.</p>" }
    return """
      <p class="notice alert" role="status"><b>\(who) broke the glass</b> until \(Plain.moment(glass["until"]?.string)) UTC, ticket \(glass["ticket"]?.string ?? ""): “\(glass["reason"]?.string ?? "")”.
      What \(glass["person"]?.string == page.person.id ? "you approve" : "they approve") until then needs nobody else; its permit is marked, supervisors have been told, and another person looks at it afterwards.</p>
      """
  }

  /// Of the last thing that happened, where it was that.
  private var refused: HTML {
    guard let last = view.json["so_far"]?.array?.last, last["what"]?.string == "glass_refused" else { return "" }
    return "<p class=\"notice alert\" role=\"alert\">Policy did not let \(name(last["who"]?.string)) break the glass: \(last["text"]?.string ?? "")</p>"
  }

  var isMine: Bool { view.json["glass"]?["granted"]?.bool == true && view.json["glass"]?["person"]?.string == page.person.id }

  /// For whoever may, while nobody has: two distinct acts, as for what cannot be undone.
  var form: HTML {
    guard let rule = view.file["glass"], view.json["glass"] == nil, view.json["decided"] == nil, let group = rule["group"]?.string,
      page.person.groups.contains(group)
    else { return "" }
    if let signIn = page.signIn {
      return """
        <details class="verb" data-key="b"><summary>Break the glass… <kbd>B</kbd></summary><p class="quiet">For that you must have signed in within the last five minutes.</p>\(signIn)</details>
        """
    }
    let most = rule["most_minutes"]?.integer ?? 240, usual = rule["minutes"]?.integer ?? 60
    let choices = Set([15, 30, 60, 120, 240, usual].filter { $0 <= most }).sorted()
    let tell = (rule["tell"]?.array ?? []).compactMap(\.string).map { Plain.words($0).lowercased() }.joined(separator: " and ")
    return """
      <details class="verb" data-key="b"><summary>Break the glass… <kbd>B</kbd></summary>
      <form method="post" action="/tasks/\(attribute: view.key)/break-glass"><input type="hidden" name="token" value="\(attribute: page.formToken)">
      <input type="hidden" name="key" value="\(attribute: page.formKey)-glass">
      <p class="quiet">For when the others cannot be reached: you alone decide this one case. \(tell) hear of it at once, and another person looks at it within 24 hours.</p>
      <label>Why nobody can be waited for<textarea name="reason" rows="3" maxlength="\(GlassGrant.mostReason)" required>\n\(attribute: page.draft["reason"] ?? "")</textarea></label>
      <label>Ticket<input name="ticket" maxlength="\(GlassGrant.mostTicket)" required value="\(attribute: page.draft["ticket"] ?? "")"></label>
      <label>For<select name="minutes">\(choices.html { "<option value=\"\($0)\"\($0 == usual ? " selected" : "")>\($0) minutes</option>" })</select></label>
      <label class="check"><input type="checkbox" name="confirm" value="yes" required> I answer for deciding this alone</label>
      <button class="wide danger">Break the glass</button></form></details>
      """
  }
}
