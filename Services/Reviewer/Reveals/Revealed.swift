import JSON

/// A private value that somebody has just asked to see, above the case. The script hides it after a minute; without one the page loads itself anew.
struct Revealed: Sendable {
  let key: String
  let token: String
  let value: String

  func html(_ names: TokenNames) -> HTML {
    """
    <section class="card revealed" aria-labelledby="revealed"><h2 id="revealed">Revealed</h2><div class="pad"><p role="status"><b>\(names.named(token))</b> is <span class="text value">\(value)</span></p>
    <p class="quiet">Hidden again in <b data-real="\(RevealAsk.seconds)">\(Plain.span(Double(RevealAsk.seconds)))</b>. That you saw it, and what for, is on record.</p>
    <p><a class="button" href="/tasks/\(attribute: key)">Hide it now</a></p></div>
    <noscript><meta http-equiv="refresh" content="\(RevealAsk.seconds); url=/tasks/\(attribute: key)"></noscript></section>
    """
  }
}

/// The form by which somebody asks to see a private value (key `o`); nothing where the case has none.
struct RevealForm {
  let page: TaskPage

  private struct Choice {
    let token: String
    let name: String
    let place: String
  }

  private var choices: [Choice] {
    let file = page.view.file
    let leaves = ["data", "action", "sources", "output", "current"].flatMap { Leaf.all(of: file[$0] ?? .null, limit: FieldTable.mostFields) }
    return page.view.names.all.map { token, name in
      let place = leaves.first { TokenNames($0.value).knows(token) }?.title ?? ""
      return Choice(token: token, name: name, place: place)
    }
  }

  var html: HTML {
    let choices = choices
    guard !choices.isEmpty else { return "" }
    let values = choices.enumerated().html { index, choice in
      radio("value", choice.token, "\(choice.name)\(choice.place.isEmpty ? "" : ", \(choice.place)")", index, isChosen: choices.count == 1)
    }
    let purposes = DecisionReason.codes(for: .reveal).enumerated().html { index, reason in radio("code", reason.code, reason.title, index) }
    return """
      <details class="verb" data-key="o"><summary>Reveal a private value… <kbd>O</kbd></summary>
      <form method="post" action="/tasks/\(attribute: page.view.key)/reveal" data-fill><input type="hidden" name="token" value="\(attribute: page.formToken)">
      <fieldset><legend>Which</legend>\(values)</fieldset><fieldset><legend>What for</legend>\(purposes)</fieldset>
      <label>In words (if you like)<textarea name="words" rows="2" maxlength="2000"></textarea></label>
      <button class="wide">Show it for a minute</button></form></details>
      """
  }

  private func radio(_ name: String, _ value: String, _ title: String, _ index: Int, isChosen: Bool = false) -> HTML {
    let key: HTML = index < 9 ? "<kbd>\(index + 1)</kbd>" : ""
    return "<label class=\"check\"><input type=\"radio\" name=\"\(attribute: name)\" value=\"\(attribute: value)\" required\(isChosen ? " checked" : "")> \(title) \(key)</label>"
  }
}
