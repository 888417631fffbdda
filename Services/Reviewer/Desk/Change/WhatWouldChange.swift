import Identity
import JSON

/// The action's body against the current state, place by place: now, as the model proposed it, as a person edited it, and as
/// the reader would. What stays the same is folded away.
struct WhatWouldChange {
  private struct Side {
    let title: String
    let body: JSON?
  }
  private let view: CaseView
  private let sides: [Side]
  private let current: JSON?

  /// - Parameter yours: the action as the reader has edited it so far; nil where that is nothing.
  init(_ view: CaseView, yours: JSON? = nil, people: People = People([])) {
    self.view = view
    current = view.file["current"].flatMap { $0.isNull ? nil : $0 }
    var sides: [Side] = []
    if let action = view.action {
      if let model = view.json["proposed"] {
        sides.append(Side(title: "Proposed", body: model["body"]))
        let editor = (view.json["decisions"]?.array ?? []).last { $0["verb"]?.string == "edit" }?["person"]?.string ?? ""
        sides.append(Side(title: editor.isEmpty ? "Edited" : "Edited by \(people.person(id: editor)?.name ?? editor)", body: action["body"]))
      } else {
        sides.append(Side(title: "Proposed", body: action["body"]))
      }
    }
    if let yours, yours != view.action { sides.append(Side(title: "Yours", body: yours["body"])) }
    self.sides = sides
  }

  var html: HTML {
    guard !sides.isEmpty else {
      return "<section class=\"card change-card\" aria-labelledby=\"change\"><h2 id=\"change\">What would change</h2><p class=\"quiet pad\">No action is proposed.</p></section>"
    }
    guard view.isTrusted else {
      return """
        <details class="card change-card"><summary><h2 id="change">What would change: the proposal is not trusted (confidence too low)</h2></summary>\(table)</details>
        """
    }
    return "<section class=\"card change-card\" aria-labelledby=\"change\"><h2 id=\"change\">What would change</h2>\(table)</section>"
  }

  private var table: HTML {
    let laid = SideBySide(current: current, versions: sides.map(\.body), schema: view.workflow?.form["properties"]?["body"])
    let changed = laid.rows.filter { !$0.isSame }, same = laid.rows.filter(\.isSame)
    let folded: HTML = same.isEmpty ? "" : "<tr class=\"same\"><th scope=\"row\">\(same.map(\.title).joined(separator: "; "))</th><td colspan=\"\(titles.count)\">unchanged</td></tr>"
    let cut: HTML = laid.isCut ? "<p class=\"quiet pad\">More places are not shown; the API has all.</p>" : ""
    let none: HTML = changed.isEmpty ? "<tr><td colspan=\"\(titles.count + 1)\">Nothing would change.</td></tr>" : ""
    return """
      <table class="change sides-\(titles.count)"><thead><tr><th scope="col">Field</th>\(titles.html { "<th scope=\"col\">\($0)</th>" })</tr></thead>
      <tbody>\(none)\(changed.html(row))\(folded)</tbody></table>\(cut)\(record)
      """
  }

  private var titles: [String] { [current == nil ? "Now (unknown)" : "Now"] + sides.map(\.title) }

  private func row(_ row: ChangeRow) -> HTML {
    let cells = row.values.indices.html { index -> HTML in
      let isNumber = row.values[index].map { $0.double != nil || Plain.money($0) != nil } ?? false
      return "<td class=\"\(attribute: isNumber ? "num" : "text")\"><span class=\"side\">\(titles[index])</span>\(cell(row, index))</td>"
    }
    return "<tr><th scope=\"row\">\(row.title)</th>\(cells)</tr>"
  }

  /// A side against the one before it; the first against the second.
  private func cell(_ row: ChangeRow, _ index: Int) -> HTML {
    let value = row.values[index]
    let other = index == 0 ? row.values[1] : row.values[index - 1]
    if index > 1, value == other { return "<span class=\"quiet\">as \(titles[index - 1].lowercased().hasPrefix("edited") ? "edited" : "proposed")</span>" }
    guard let value else {
      return index > 0 && other != nil ? TextChange.removed("nothing") : "<span class=\"quiet none\">nothing</span>"
    }
    guard let other else {
      if index == 0 { return TextChange.removed("\(view.plain(value))") }
      return "\(TextChange.added("\(view.plain(value))"))\(distance(value))"
    }
    guard value != other else { return "\(view.plain(value))" }
    if index == 0 { return change(value, other).before }
    let delta: HTML = Delta.words(other, value).map { " <b class=\"delta\">\($0)</b>" } ?? distance(value)
    let change = change(other, value)
    return "\(index == 1 ? change.after : change.inline)\(delta)"
  }

  private func change(_ before: JSON, _ after: JSON) -> TextChange {
    func texts(_ json: JSON) -> [String]? { json.array.map { $0.map(view.plain) } }
    if let a = texts(before), let b = texts(after) { return TextChange(a, b) }
    if before.string == nil, after.string == nil { return TextChange(whole: view.plain(before), view.plain(after)) }
    return TextChange(view.plain(before), view.plain(after))
  }

  private func distance(_ value: JSON) -> HTML {
    Delta.fromNow(value, view.now).map { " <small>\($0)</small>" } ?? ""
  }

  /// The whole of the current state, for whoever wants to see it.
  private var record: HTML {
    guard let current else { return "" }
    return """
      <details class="pad"><summary>The record as it stands</summary>\(FieldTable(current, view, evidenceUnder: ["current."]).html)</details>
      """
  }
}
