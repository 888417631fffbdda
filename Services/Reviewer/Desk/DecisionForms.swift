import Identity
import JSON
import Permits

/// The forms by which somebody decides; all of it works without a script.
struct DecisionForms {
  let page: TaskPage

  private var view: CaseView { page.view }
  private var action: HTML { "/tasks/\(attribute: view.key)" }

  var html: HTML {
    if let decided = view.json["decided"] { return waiting(decided) }
    if mine { return "<p class=\"notice\">You have decided. Somebody else is still needed.</p>\(undo)" }
    let holder = view.json["claim"]?["person"]?.string
    if let holder, holder != page.person.id, !GlassCard(page: page).isMine {
      return "<p class=\"notice\">\(page.people.person(id: holder)?.name ?? holder) has this task. You can read it; to decide it, wait until it is free.</p>"
    }
    let isEditor = (view.json["editors"]?.array ?? []).contains { $0.string == page.person.full }
    let approving: HTML = isEditor ? "<p class=\"quiet\">You edited this: another person has to approve it.</p>" : canApprove ? approve : ""
    return "\(claim(holder))\(signing)<div class=\"buttons\">\(approving)\(view.workflow?.schema == nil ? "" : edit)\(verb(.reject, "Reject", key: "r"))\(verb(.escalate, "Escalate", key: "x"))</div>"
  }

  /// In template C the form is the decision; there is nothing to approve before it is filled in.
  private var canApprove: Bool { view.action != nil || !view.isExpert || view.text("route") == "block" }

  /// - Parameter fills: it begins empty, and the script leads from each choice to what is still missing.
  private func post(_ path: String, _ inner: HTML, act: String? = nil, fills: Bool = false) -> HTML {
    """
    <form method="post" action="\(action)/\(attribute: path)"\(act.map { " data-act=\"\(attribute: $0)\"" } ?? "")\(fills ? " data-fill" : "")><input type="hidden" name="token" value="\(attribute: page.formToken)">\(inner)</form>
    """
  }

  private func claim(_ holder: String?) -> HTML {
    guard holder != nil else { return post("claim", "<button class=\"wide\" data-key=\"c\">Claim <kbd>C</kbd></button>") }
    // At its longest a claim is made no longer: others are to have their turn.
    let claim = view.json["claim"]
    if let longest = claim?["longest_until"], claim?["until"] == longest {
      return "<p class=\"quiet\">A claim lasts half an hour at most. Decide, put it aside, or give it back.</p>\(post("release", "<button class=\"wide\" data-key=\"u\">Give back <kbd>U</kbd></button>"))"
    }
    return """
      <div class="row">\(post("extend", "<button data-key=\"c\">Longer <kbd>C</kbd></button>"))\(post("release", "<button data-key=\"u\">Give back <kbd>U</kbd></button>"))</div>
      """
  }

  private func decision(_ verb: Approval.Verb, _ inner: HTML, fills: Bool = false) -> HTML {
    let fence: HTML = view.json["claim"]?["person"]?.string == page.person.id
      ? "<input type=\"hidden\" name=\"fence\" value=\"\(view.json["fence"]?.integer ?? 0)\">" : ""
    return post(
      "decision",
      """
      <input type="hidden" name="version" value="\(view.json["version"]?.integer ?? 0)"><input type="hidden" name="view" value="\(attribute: view.text("view"))">
      <input type="hidden" name="key" value="\(attribute: page.formKey)-\(attribute: verb.rawValue)"><input type="hidden" name="verb" value="\(attribute: verb.rawValue)">\(fence)\(inner)
      """, act: view.fileText("action_hash"), fills: fills)
  }

  /// What the person's own key is for, where policy asks for it; the script says whether this browser has one.
  private var signing: HTML {
    guard view.file["must_sign"]?.bool == true || GlassCard(page: page).isMine else { return "" }
    return """
      <p id="signing" class="quiet" role="status">This decision counts only with the signature of a key of yours.</p>
      <noscript><p class="notice alert">Without its script this page cannot sign, and a decision on this case would not count.</p></noscript>
      """
  }

  private var approve: HTML {
    let isBlock = view.text("route") == "block"
    let label = isBlock ? "Confirm: it may not run" : "Approve"
    guard !isBlock, page.isAgainstPrecedent(.approve) || view.needsTwoSteps else {
      return decision(.approve, "<button class=\"primary wide\" data-key=\"a\">\(label) <kbd>A</kbd></button>")
    }
    // High impact and what cannot be undone take two distinct acts (ruling 29); against precedent, words.
    let second: HTML = view.needsTwoSteps ? """
      <label class="check"><input type="checkbox" name="confirm" value="yes" required> I have read it: \(view.actionTitle), \(page.inWords), \(view.text("risk")) impact</label>
      """ : ""
    let why: HTML = page.isAgainstPrecedent(.approve) ? "\(precedent)\(words(.approve))" : ""
    return """
      <details class="verb" data-key="a"\(page.draft["verb"] == "approve" ? " open" : "")><summary>\(label)… <kbd>A</kbd></summary>\(decision(.approve, "\(why)\(second)<button class=\"primary wide\">\(label)</button>"))</details>
      """
  }

  private var precedent: HTML {
    guard let found = page.precedent else { return "" }
    return "<p class=\"notice\">\(found.words) (<kbd>P</kbd>). Say why this one is another.</p>"
  }

  private func verb(_ verb: Approval.Verb, _ label: String, key: String) -> HTML {
    let isDraft = page.draft["verb"] == verb.rawValue
    return """
      <details class="verb" data-key="\(attribute: key)"\(isDraft ? " open" : "")><summary>\(label)… <kbd>\(key.uppercased())</kbd></summary>
      \(decision(verb, "\(page.isAgainstPrecedent(verb) ? precedent : "")\(codes(verb))\(words(verb))<button class=\"wide\(verb == .reject ? " danger" : "")\">\(label)</button>"))</details>
      """
  }

  private func codes(_ verb: Approval.Verb) -> HTML {
    let draft = page.draft["verb"] == verb.rawValue ? page.draft["code"] : nil
    return """
      <fieldset><legend>Reason</legend>\(DecisionReason.codes(for: DeskVerb(verb)).enumerated().html { index, reason in
        let key: HTML = index < 9 ? "<kbd>\(index + 1)</kbd>" : ""
        return "<label class=\"check\"><input type=\"radio\" name=\"code\" value=\"\(attribute: reason.code)\" required\(reason.code == draft ? " checked" : "")> \(reason.title) \(key)</label>"
      })</fieldset>
      """
  }

  private func words(_ verb: Approval.Verb) -> HTML {
    let isNeeded = page.isAgainstPrecedent(verb) || ["high", "critical"].contains(view.text("risk")) && verb != .approve
    let draft = page.draft["verb"] == verb.rawValue ? page.draft["words"] ?? "" : ""
    return """
      <label>In words\(isNeeded ? "" : " (if you like)")<textarea name="words" rows="3" maxlength="2000"\(isNeeded ? " required" : "")>\n\(attribute: draft)</textarea></label>
      """
  }

  private var edit: HTML {
    let isDraft = page.draft["verb"] == "edit"
    let isEmpty = view.action == nil, title = isEmpty ? "Decide" : "Edit"
    func inputs(_ fields: [ActionField]) -> [HTML] { fields.html { field in input(field, isDraft ? page.draft["field:\(field.pointer)"] : nil) } }
    let fields = view.workflow?.fields(of: view.action) ?? []
    // An empty form asks first what one key answers, and last what may stay empty: few keys, and no answer is given for anybody.
    let texts = fields.filter { !isKeyed($0) }
    let asked: HTML = isEmpty
      ? "\(inputs(fields.filter(isKeyed)))\(codes(.edit))\(inputs(texts.filter(\.isRequired)))\(words(.edit))\(inputs(texts.filter { !$0.isRequired }))\(mistakes)"
      : "\(inputs(fields))\(mistakes)\(codes(.edit))\(words(.edit))"
    return """
      <details class="verb" data-key="e"\(isDraft || isEmpty ? " open" : "")><summary>\(title)… <kbd>E</kbd></summary>
      \(decision(.edit, "\(asked)<button class=\"wide\">\(title) and hand on</button>\(preview)", fills: isEmpty))</details>
      """
  }

  /// What the workflow would not allow of the edit as it stands.
  private var mistakes: HTML {
    guard let yours = page.yours, let workflow = view.workflow else { return "" }
    let fields = workflow.fields(of: view.action)
    let found = workflow.mistakes(in: yours, for: view.file)
    let lines = found.html { mistake -> HTML in
      let place = fields.first { $0.pointer.utf8.elementsEqual(mistake.pointer.utf8) }?.title ?? mistake.pointer
      return "<li>\(place): expected \(mistake.expected), found \(mistake.found)</li>"
    }
    return lines.isEmpty ? "" : "<ul class=\"mistakes\">\(lines)</ul>"
  }

  /// Shows the edit beside what is proposed, and keeps it as a draft.
  private var preview: HTML {
    "<button class=\"wide\" data-key=\"d\" formaction=\"\(action)/preview\" formnovalidate>Show what I change <kbd>D</kbd></button>"
  }

  /// Whether it is asked as one choice of a few, by a digit: only where nothing stands there yet and something must.
  private func isKeyed(_ field: ActionField) -> Bool {
    guard view.action == nil, field.value == nil, field.isRequired, case .choice(let choices) = field.kind else { return false }
    return choices.count <= 9
  }

  private func keyed(_ field: ActionField, _ choices: [String], _ value: String) -> HTML {
    """
    <fieldset><legend>\(field.title)</legend>\(choices.enumerated().html { index, choice in
      return "<label class=\"check\"><input type=\"radio\" name=\"field:\(attribute: field.pointer)\" value=\"\(attribute: choice)\" required\(choice == value ? " checked" : "")> \(Plain.words(choice)) <kbd>\(index + 1)</kbd></label>"
    })</fieldset>
    """
  }

  private func input(_ field: ActionField, _ draft: String?) -> HTML {
    let value = draft ?? field.value.map { $0.string.map(view.names.named) ?? $0.text } ?? ""
    let name: HTML = "name=\"field:\(attribute: field.pointer)\"\(field.isRequired ? " required" : "")"
    // A field shows its text as browsers do; what hides in it is shown above it.
    let hidden: HTML = hidesSomething(value) ? " <small class=\"hidden\">holds what cannot be seen or looks alike: \(value)</small>" : ""
    let label: HTML = "\(field.title)\(field.isRequired ? "" : " (may stay empty)")\(hidden)"
    switch field.kind {
    case .fixed: return "<p class=\"fixed\"><span>\(field.title)</span> \(field.value.map(view.plain) ?? "nothing")</p>"
    case .line(let most): return "<label>\(label)<input \(name) maxlength=\"\(most)\" value=\"\(attribute: value)\"></label>"
    case .paragraph(let most): return "<label>\(label)<textarea \(name) rows=\"6\" maxlength=\"\(most)\">\n\(attribute: value)</textarea></label>"
    case .integer, .number: return "<label>\(label)<input \(name) inputmode=\"decimal\" value=\"\(attribute: value)\"></label>"
    case .flag:
      return "<label>\(label)<select \(name)><option value=\"no\">no</option><option value=\"yes\"\(value == "true" || value == "yes" ? " selected" : "")>yes</option></select></label>"
    case .choice(let choices) where isKeyed(field): return keyed(field, choices, value)
    case .choice(let choices):
      let options = choices.html { "<option value=\"\(attribute: $0)\"\($0 == value ? " selected" : "")>\(Plain.words($0))</option>" }
      let empty: HTML = field.value == nil || !field.isRequired ? "<option value=\"\"></option>" : ""
      return "<label>\(label)<select \(name)>\(empty)\(options)</select></label>"
    }
  }

  /// Whether this person has decided on this version.
  private var mine: Bool {
    (view.json["decisions"]?.array ?? []).contains {
      $0["person"]?.string == page.person.id && $0["version"]?.integer == view.json["version"]?.integer
    }
  }

  private var undo: HTML { post("undo", "<button class=\"wide\" data-key=\"z\">Take it back <kbd>Z</kbd></button>") }

  /// By whoever leads, of somebody else's decision: the decider reads why.
  private var recall: HTML {
    """
    <details class="verb" data-key="z"><summary>Recall it… <kbd>Z</kbd></summary>\(post("recall", """
      <input type="hidden" name="key" value="\(attribute: page.formKey)-recall"><label>Why<textarea name="words" rows="2" maxlength="2000" required></textarea></label>
      <button class="wide danger">Take this decision back</button>
      """))</details>
    """
  }

  private func waiting(_ decided: JSON) -> HTML {
    let id = decided["decision"]?.string
    let isOwn = (view.json["decisions"]?.array ?? []).contains { $0["decision"]?.string == id && $0["person"]?.string == page.person.id }
    return """
      <p class="notice">Decided: \(decided["verb"]?.string ?? ""). Released at \(Plain.moment(decided["release_at"]?.string)) UTC.</p>\(decided["can_be_undone"]?.bool != true ? "" : isOwn ? undo : view.json["may_lead"]?.bool == true ? recall : "")
      """
  }
}
