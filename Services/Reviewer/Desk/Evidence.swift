import JSON
import Wire

/// The sources: each with its age against its shelf life, and how well it matched. Those that must be opened before somebody
/// decides stand closed until that person has.
struct Evidence {
  private let view: CaseView
  private let formToken: String

  init(_ view: CaseView, formToken: String) {
    self.view = view
    self.formToken = formToken
  }

  private var unopened: [String] { (view.json["unopened"]?.array ?? []).compactMap(\.string) }

  var html: HTML {
    let sources = view.file["sources"]?.array ?? []
    let found = sources.filter { $0["found"]?.bool ?? true }.count
    return """
      <section class="card" aria-labelledby="rests"><h2 id="rests">What it rests on <span>\(found) of \(sources.count) found\(again)</span></h2>
      <div class="sources">\(sources.html(source))</div></section>
      """
  }

  /// What is done about evidence that changes under the reader.
  private var again: String { view.json["looks_again"]?.bool == true ? ", looked at again when you decide" : "" }

  private func source(_ source: JSON) -> HTML {
    let own = source["name"]?.string ?? ""
    let name = Plain.words(own.isEmpty ? "source" : own)
    guard source["answered"]?.bool ?? true else { return "<div class=\"source\"><b>\(name)</b> <span class=\"chip warn\">did not answer</span></div>" }
    guard source["found"]?.bool ?? true else { return "<div class=\"source\"><b>\(name)</b> <span class=\"chip warn\">nothing found</span></div>" }
    let isLive: HTML = source["look_again"]?.bool == false ? " <small>changes by itself, not looked at again</small>" : ""
    let score: HTML = source["score"]?.double.map { " <small>match \(Plain.decimal($0, places: 2))</small>" } ?? ""
    let head: HTML = "<b>\(name)</b> <small>\(source["id"]?.string ?? "")</small> \(SourceAge(source, view.now).html)\(score)\(isLive)"
    return "<div class=\"source\" id=\"source-\(attribute: own)\">\(head)\(unopened.contains(own) ? closed(own) : content(source, own))</div>"
  }

  private func content(_ source: JSON, _ own: String) -> HTML {
    let table = FieldTable(source["fields"] ?? .null, view, evidenceUnder: ["\(own).", "source.\(own).", "sources.\(own).", "sources.\(own).fields."])
    let opened: HTML = MustView.isAsked(source) && ["high", "critical"].contains(view.text("risk")) ? " <span class=\"chip\">opened by you</span>" : ""
    let isOpened = opened.text.isEmpty ? "" : " open"
    return "\(opened)\(table.leaves.count > 12 ? "<details\(attribute: isOpened)><summary>\(table.leaves.count) fields</summary>\(table.html)</details>" : table.html)"
  }

  private func closed(_ own: String) -> HTML {
    """
    <form method="post" action="/tasks/\(attribute: view.key)/sources/\(attribute: own)/view"><input type="hidden" name="token" value="\(attribute: formToken)">
    <p class="notice">Must be opened before you approve, edit or reject: the impact is \(view.text("risk")).</p>
    <button class="wide" data-key="v">Open \(Plain.words(own).lowercased()) <kbd>V</kbd></button></form>
    """
  }
}
