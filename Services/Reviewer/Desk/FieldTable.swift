import JSON

/// A value as a table of its fields; lists of records become tables within it, fields on which a reason rests are marked.
struct FieldTable {
  private let json: JSON
  private let view: CaseView
  private let prefixes: [String]

  static let mostFields = 300
  static let longestText = 4_000

  /// - Parameter prefixes: what stands before this value's dotted paths where reasons name them as evidence.
  init(_ json: JSON, _ view: CaseView, evidenceUnder prefixes: [String]) {
    self.json = json
    self.view = view
    self.prefixes = prefixes
  }

  var leaves: [Leaf] { Leaf.all(of: json, limit: Self.mostFields) }

  var html: HTML {
    let leaves = leaves
    guard !leaves.isEmpty else { return "<p class=\"quiet pad\">Nothing.</p>" }
    let cut: HTML = leaves.count < Self.mostFields ? "" : "<p class=\"quiet pad\">More fields are not shown; the API has all.</p>"
    return "<table class=\"fields\"><tbody>\(leaves.html(row))</tbody></table>\(cut)"
  }

  private func row(_ leaf: Leaf) -> HTML {
    let content: HTML = Leaf.isList(leaf.value) ? list(leaf.value.array ?? []) : text(view.plain(leaf.value))
    let value: HTML = isEvidence(leaf) ? "<mark>\(content)</mark>" : content
    return "<tr><th scope=\"row\">\(leaf.title.isEmpty ? "Value" : leaf.title)</th><td class=\"text\">\(value)</td></tr>"
  }

  /// The beginning of a long text, and the rest of it folded beneath.
  private func text(_ text: String) -> HTML {
    guard text.utf8.count > Self.longestText else { return "\(text)" }
    let scalars = text.unicodeScalars
    let head = scalars.prefix(Self.longestText), rest = scalars.dropFirst(Self.longestText)
    guard !rest.isEmpty else { return "\(text)" }
    let scripts = Scripts(text)
    return """
      \(String(head), in: scripts)<details><summary>\(Plain.grouped(Int64(rest.count))) more characters</summary>\(String(rest), in: scripts)</details>
      """
  }

  private func isEvidence(_ leaf: Leaf) -> Bool {
    !leaf.path.isEmpty && prefixes.contains { view.evidence.contains($0 + leaf.dotted) }
  }

  private func list(_ elements: [JSON]) -> HTML {
    guard !elements.isEmpty else { return "none" }
    var columns: [String] = []
    for name in elements.flatMap({ $0.object?.keys ?? [] }) where !columns.contains(name) { columns.append(name) }
    return """
      <table class="list"><thead><tr>\(columns.html { "<th scope=\"col\">\(Plain.words($0))</th>" })</tr></thead>
      <tbody>\(elements.html { element in "<tr>\(columns.html { "<td>\(element[$0].map(view.plain) ?? "")</td>" })</tr>" })</tbody></table>
      """
  }
}
