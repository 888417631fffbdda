import JSON
import Wire

/// The sources: each with its age against its shelf life, and how well it matched.
struct Evidence {
  private let view: CaseView

  init(_ view: CaseView) { self.view = view }

  var html: HTML {
    let sources = view.file["sources"]?.array ?? []
    let found = sources.filter { $0["found"]?.bool ?? true }.count
    return """
      <section class="card" aria-labelledby="rests"><h2 id="rests">What it rests on <span>\(found) of \(sources.count) found</span></h2>
      <div class="sources">\(sources.html(source))</div></section>
      """
  }

  private func source(_ source: JSON) -> HTML {
    let name = Plain.words(source["name"]?.string ?? "source")
    guard source["answered"]?.bool ?? true else { return "<div class=\"source\"><b>\(name)</b> <span class=\"chip warn\">did not answer</span></div>" }
    guard source["found"]?.bool ?? true else { return "<div class=\"source\"><b>\(name)</b> <span class=\"chip warn\">nothing found</span></div>" }
    let age = source["fetched_at"]?.integer.map { max(0, view.now.seconds(since: Instant(microseconds: $0))) }
    let life = source["shelf_life"]?.double ?? .infinity
    let old: HTML = age.map { $0 > life ? " <span class=\"chip warn\">older than its shelf life</span>" : "" } ?? ""
    let score: HTML = source["score"]?.double.map { " · match \(Plain.decimal($0, places: 2))" } ?? ""
    let own = source["name"]?.string ?? ""
    let table = FieldTable(source["fields"] ?? .null, view, evidenceUnder: ["\(own).", "source.\(own).", "sources.\(own)."])
    return """
      <div class="source"><b>\(name)</b> <small>\(source["id"]?.string ?? "")\(age.map { " · fetched \(Plain.span($0)) ago" } ?? "")\(score)</small>\(old)
      \(table.leaves.count > 12 ? "<details><summary>\(table.leaves.count) fields</summary>\(table.html)</details>" : table.html)</div>
      """
  }
}
