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

  var html: HTML { "\(news)\(since)" }

  /// What is known to have changed while the next version is on its way.
  private var news: HTML {
    guard let looking = view.json["looking"] else { return "" }
    let names = (looking["sources"]?.array ?? []).compactMap(\.string).map { Plain.words($0).lowercased() }.joined(separator: ", ")
    let entries = looking["differences"]?.array ?? []
    let rows: HTML = entries.isEmpty ? "" : table(entries)
    return """
      <section class="card changed" aria-labelledby="news-now"><h2 id="news-now">Changed since you saw it: \(names) <span>a new version is on its way</span></h2>\(rows)</section>
      """
  }

  private func table(_ entries: [JSON]) -> HTML {
    "<table class=\"change sides-2\"><thead><tr><th scope=\"col\">Where</th><th scope=\"col\">Was</th><th scope=\"col\">Is</th></tr></thead><tbody>\(entries.html(row))</tbody></table>"
  }

  private var since: HTML {
    let entries = (view.json["differences"]?.array ?? []).filter { ($0["version"]?.integer ?? 0) > seen }
    let changed = (view.json["changed"]?.array ?? []).compactMap(\.string)
    guard !entries.isEmpty else {
      guard !changed.isEmpty else { return "" }
      return "<p class=\"notice\">Changed since the version before: \(changed.joined(separator: ", ")).</p>"
    }
    return """
      <section class="card changed" aria-labelledby="changed"><h2 id="changed">Changed since version \(seen) <span>\(entries.count == 1 ? "one place" : "\(entries.count) places")</span></h2>
      \(table(entries))</section>
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
