import Domain
import JSON
import Wire

/// Sources that disagree, side by side: each value with the age of its source, and which of them policy used.
struct ConflictTable {
  private let view: CaseView
  private let disagreements: Disagreements
  private static let longest = 400

  init(_ view: CaseView) {
    self.view = view
    disagreements = Disagreements(view.file)
  }

  var html: HTML {
    let found = disagreements.found
    guard !found.isEmpty else { return "" }
    let sides = disagreements.sides.filter { side in found.contains { $0.entries.contains { $0.side == side.name } } }
    return """
      <section class="card conflict" aria-labelledby="conflict"><h2 id="conflict">Sources disagree <span>\(found.count == 1 ? "on one field" : "on \(found.count) fields")</span></h2>
      <table class="conflicts"><thead><tr><th scope="col">Field</th>\(sides.html(head))</tr></thead>
      <tbody>\(found.html { row($0, sides) })</tbody></table></section>
      """
  }

  private func title(_ side: Disagreements.Side) -> String { side.source == nil ? "The request" : Plain.words(side.name) }

  private func head(_ side: Disagreements.Side) -> HTML {
    guard let source = side.source else { return "<th scope=\"col\">The request</th>" }
    return "<th scope=\"col\">\(title(side)) \(SourceAge(source, view.now).html)</th>"
  }

  private func row(_ disagreement: Disagreement, _ sides: [Disagreements.Side]) -> HTML {
    let cells = sides.html { side -> HTML in
      let entries = disagreement.entries.filter { $0.side == side.name }
      guard !entries.isEmpty else { return "<td class=\"quiet none\"><span class=\"side\">\(title(side))</span>says nothing</td>" }
      return "<td><span class=\"side\">\(title(side))</span>\(entries.html { entry($0, disagreement) })</td>"
    }
    return "<tr><th scope=\"row\">\(disagreement.title)</th>\(cells)</tr>"
  }

  /// All of it stands with its source.
  private func plain(_ value: JSON) -> String {
    let text = view.plain(value)
    guard text.utf8.count > Self.longest else { return text }
    return String(String.UnicodeScalarView(text.unicodeScalars.prefix(Self.longest))) + " …"
  }

  private func entry(_ entry: Disagreement.Entry, _ disagreement: Disagreement) -> HTML {
    let usual = disagreement.usual
    let value: HTML = entry.value == usual ? "\(plain(entry.value))" : "<mark>\(plain(entry.value))</mark>"
    let first = disagreement.entries[0]
    let delta: HTML = Delta.words(first.value, entry.value).map { " <b class=\"delta\">\($0)</b>" } ?? ""
    let name: HTML = entry.path.count > 1 || entry.path.last.map(Plain.words) != disagreement.title
      ? "<small>\(entry.path.map(Plain.words).joined(separator: ", "))</small>" : ""
    let codes = entry.usedBy.reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
    let used: HTML = codes.isEmpty
      ? "" : "<span class=\"chip used\">policy used this: \(codes.map { ReasonCode(rawValue: $0)?.title ?? Plain.words($0) }.joined(separator: ", "))</span>"
    return "<div class=\"claimed num\">\(value)\(delta) \(name) \(used)</div>"
  }
}

/// How old what a source said is, against its shelf life.
struct SourceAge {
  private let age: Double?
  private let isOld: Bool

  init(_ source: JSON, _ now: Instant) {
    age = source["fetched_at"]?.integer.map { max(0, now.seconds(since: Instant(microseconds: $0))) }
    isOld = (age ?? 0) > source["shelf_life"]?.double ?? .infinity
  }

  var html: HTML {
    let old: HTML = isOld ? " <span class=\"chip warn\">older than its shelf life</span>" : ""
    return "<small>\(age.map { "fetched \(Plain.span($0)) ago" } ?? "of unknown age")</small>\(old)"
  }
}
