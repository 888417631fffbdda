import JSON

/// The action's body against the current state, field by field; what stays the same is folded away.
struct WhatWouldChange {
  private let view: CaseView

  init(_ view: CaseView) { self.view = view }

  var html: HTML {
    guard let action = view.action else {
      return "<section class=\"card change-card\" aria-labelledby=\"change\"><h2 id=\"change\">What would change</h2><p class=\"quiet pad\">No action is proposed.</p></section>"
    }
    guard view.isTrusted else {
      return """
        <details class="card change-card"><summary><h2 id="change">What would change: the proposal is not trusted (confidence too low)</h2></summary>\(table(action))</details>
        """
    }
    return "<section class=\"card change-card\" aria-labelledby=\"change\"><h2 id=\"change\">What would change</h2>\(table(action))</section>"
  }

  private func table(_ action: JSON) -> HTML {
    let current = view.file["current"].flatMap { $0.isNull ? nil : $0 }
    let leaves = Leaf.all(of: action["body"] ?? .null, limit: 100)
    let pairs = leaves.map { ($0, before($0, current)) }
    let changed = pairs.filter { $0.1 != $0.0.value }
    let same = pairs.filter { $0.1 == $0.0.value }
    let folded: HTML = same.isEmpty ? "" : "<tr class=\"same\"><th scope=\"row\">\(same.map(\.0.title).joined(separator: ", "))</th><td colspan=\"2\">unchanged</td></tr>"
    return """
      <table class="change"><thead><tr><th scope="col">Field</th><th scope="col">Now\(current == nil ? " (unknown)" : "")</th><th scope="col">Proposed</th></tr></thead>
      <tbody>\(changed.html { row($0.0, $0.1) })\(folded)</tbody></table>\(record(current))
      """
  }

  /// The same field in the current state, or one of the same name one level down.
  private func before(_ leaf: Leaf, _ current: JSON?) -> JSON? {
    var value = current
    for name in leaf.path { value = value?[name] }
    return value.flatMap { $0.isNull ? nil : $0 }
  }

  private func row(_ leaf: Leaf, _ before: JSON?) -> HTML {
    let title: HTML = "<th scope=\"row\">\(titled(leaf))</th>"
    guard let before else {
      return "<tr>\(title)<td class=\"quiet none\">nothing</td><td class=\"text\"><ins>\(view.plain(leaf.value))</ins></td></tr>"
    }
    if let delta = Plain.delta(before, leaf.value) {
      return """
        <tr>\(title)<td class="num"><del>\(view.plain(before))</del></td><td class="num"><ins>\(view.plain(leaf.value))</ins> <b class="delta">\(delta)</b></td></tr>
        """
    }
    let parts = WordDiff.parts(view.plain(before), view.plain(leaf.value))
    let old = parts.html { part in
      switch part {
      case .same(let text): "\(text)"
      case .gone(let text): "<del>\(text)</del>"
      case .new: ""
      }
    }
    let new = parts.html { part in
      switch part {
      case .same(let text): "\(text)"
      case .new(let text): "<ins>\(text)</ins>"
      case .gone: ""
      }
    }
    return "<tr>\(title)<td class=\"text\">\(old)</td><td class=\"text\">\(new)</td></tr>"
  }

  private func titled(_ leaf: Leaf) -> String {
    var schema = view.workflow?.form["properties"]?["body"]
    for name in leaf.path { schema = schema?["properties"]?[name] }
    return schema?["title"]?.string ?? leaf.title
  }

  /// The whole of the current state, for whoever wants to see it.
  private func record(_ current: JSON?) -> HTML {
    guard let current else { return "" }
    return """
      <details class="pad"><summary>The record as it stands</summary>\(FieldTable(current, view, evidenceUnder: ["current."]).html)</details>
      """
  }
}
