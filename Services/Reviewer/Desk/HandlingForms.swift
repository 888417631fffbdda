import Identity
import JSON

/// The forms for what somebody does with a task beside deciding it.
struct HandlingForms {
  let page: TaskPage

  private var view: CaseView { page.view }

  /// Under what was said so far.
  var comment: HTML {
    form(
      "comments",
      """
      <label>Comment, for all who see this task<textarea name="words" rows="2" maxlength="2000" required data-key="m"></textarea></label>
      <button>Say it <kbd>M</kbd></button>
      """)
  }

  var html: HTML {
    guard view.json["decided"] == nil else { return "" }
    let holder = view.json["claim"]?["person"]?.string
    let isMine = holder == page.person.id
    let isFree = holder == nil
    return """
      <details class="more"><summary>More</summary><div class="buttons">
      \(isMine || isFree ? verb("hold", "Hold for later", key: "h", "\(minutes)\(codes(.hold))\(words(isRequired: false))") : "")
      \(isMine || isFree ? verb("skip", "Skip: leave it to others", key: "s", "\(codes(.skip))\(words(isRequired: false))") : "")
      \(isMine ? verb("hand-over", "Hand over", key: "t", "\(people(others, "To whom"))\(words(isRequired: false))") : "")
      \(view.json["may_lead"]?.bool == true && !isMine ? verb("assign", "Assign to somebody", key: "l", "\(people(others, "To whom"))\(words(isRequired: !isFree))") : "")
      \(mayAsk ? verb("questions", "Ask the requester", key: "i", "<p class=\"quiet\">The task waits for the answer, at most a day; then it is rejected.</p>\(words(isRequired: true))") : "")
      \(RevealForm(page: page).html)
      \(verb("help", "Ask for help", key: "w", "\(people(everybody, "Whom"))\(words(isRequired: true))"))
      </div></details>
      """
  }

  private func form(_ path: String, _ inner: HTML) -> HTML {
    """
    <form method="post" action="/tasks/\(attribute: view.key)/\(attribute: path)"><input type="hidden" name="token" value="\(attribute: page.formToken)">
    <input type="hidden" name="key" value="\(attribute: page.formKey)-\(attribute: path)">\(inner)</form>
    """
  }

  private func verb(_ path: String, _ label: String, key: String, _ inner: HTML) -> HTML {
    """
    <details class="verb" data-key="\(attribute: key)"><summary>\(label)… <kbd>\(key.uppercased())</kbd></summary>
    \(form(path, "\(inner)<button class=\"wide\">\(label)</button>"))</details>
    """
  }

  private func codes(_ verb: DeskVerb) -> HTML {
    """
    <fieldset><legend>Reason</legend>\(DecisionReason.codes(for: verb).enumerated().html { index, reason in
      "<label class=\"check\"><input type=\"radio\" name=\"code\" value=\"\(attribute: reason.code)\" required> \(reason.title) <kbd>\(index + 1)</kbd></label>"
    })</fieldset>
    """
  }

  private func words(isRequired: Bool) -> HTML {
    """
    <label>In words\(isRequired ? "" : " (if you like)")<textarea name="words" rows="2" maxlength="2000"\(isRequired ? " required" : "")></textarea></label>
    """
  }

  private var minutes: HTML {
    let choices: [(Int, String)] = [(15, "15 minutes"), (60, "an hour"), (120, "2 hours"), (240, "4 hours")]
    return """
      <label>For<select name="minutes">\(choices.html { "<option value=\"\($0.0)\"\($0.0 == 60 ? " selected" : "")>\($0.1)</option>" })</select></label>
      """
  }

  private func people(_ people: [Person], _ label: String) -> HTML {
    """
    <label>\(label)<select name="to" required><option value=""></option>\(people.html { person in
      "<option value=\"\(attribute: person.id)\">\(person.name), \(person.groups.map(Plain.words).joined(separator: ", ").lowercased())</option>"
    })</select></label>
    """
  }

  private var mayAsk: Bool {
    let holder = view.json["claim"]?["person"]?.string
    return view.json["may_ask"]?.bool == true && (holder == nil || holder == page.person.id)
  }

  private var others: [Person] { (view.json["others"]?.array ?? []).compactMap { $0.string.flatMap { page.people.person(id: $0) } } }

  private var everybody: [Person] {
    let requester = view.file["requester"]?["id"]?.string
    return page.people.all.filter { $0.claim != page.person.claim && $0.id != requester }
  }
}
