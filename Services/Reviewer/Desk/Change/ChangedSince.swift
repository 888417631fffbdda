import JSON

/// What of the case differs from the version that somebody has seen, place by place.
struct ChangedSince {
  private let view: CaseView
  private let seen: Int64

  /// - Parameter seen: the version that the reader has seen; nil where that is not known, and the last change is told.
  init(_ view: CaseView, seen: Int64?) {
    self.view = view
    self.seen = seen ?? (view.json["version"]?.integer ?? 1) - 1
  }

  var html: HTML {
    let entries = (view.json["differences"]?.array ?? []).filter { ($0["version"]?.integer ?? 0) > seen }
    let changed = (view.json["changed"]?.array ?? []).compactMap(\.string)
    guard !entries.isEmpty else {
      guard !changed.isEmpty else { return "" }
      return "<p class=\"notice\">Changed since the version before: \(changed.joined(separator: ", ")).</p>"
    }
    return """
      <section class="card changed" aria-labelledby="changed"><h2 id="changed">Changed since version \(seen) <span>\(entries.count == 1 ? "one place" : "\(entries.count) places")</span></h2>
      <table class="change sides-2"><thead><tr><th scope="col">Where</th><th scope="col">Was</th><th scope="col">Is</th></tr></thead><tbody>\(entries.html(row))</tbody></table></section>
      """
  }

  private static let parts = ["action": "Proposal", "current": "Record", "data": "Request", "output": "Model", "sources": "Source"]

  private func row(_ entry: JSON) -> HTML {
    let part = entry["part"]?.string ?? ""
    let (was, now) = (entry["was"], entry["is"])
    let cells: (HTML, HTML)
    switch (was, now) {
    case (let was?, let now?):
      let isText = was.string != nil && now.string != nil
      let change = isText ? TextChange(view.plain(was), view.plain(now)) : TextChange(whole: view.plain(was), view.plain(now))
      cells = (change.before, "\(change.after)\(Delta.words(was, now).map { " <b class=\"delta\">\($0)</b>" } ?? "")")
    case (let was?, nil): cells = (TextChange.removed("\(view.plain(was))"), "<span class=\"quiet none\">nothing</span>")
    case (nil, let now?): cells = ("<span class=\"quiet none\">nothing</span>", TextChange.added("\(view.plain(now))"))
    case (nil, nil): cells = ("", "")
    }
    return """
      <tr><th scope="row"><small>\(Self.parts[part] ?? Plain.words(part))</small> \(entry["place"]?.string ?? "")</th>
      <td class="text"><span class="side">Was</span>\(cells.0)</td><td class="text"><span class="side">Is</span>\(cells.1)</td></tr>
      """
  }
}
