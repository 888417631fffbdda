import Domain
import Wire

/// Cases as CSV (RFC 4180): a line each, every text in quotes. A text that a spreadsheet would take for a formula begins with an apostrophe.
enum ExportCSV {
  private static let columns = [
    "case", "workflow", "outcome", "opened", "ended", "latency_seconds", "route", "risk", "model", "prompt", "bundle", "confidence", "draw", "reasons",
    "reviewers", "decisions", "tiers", "sources", "truth", "defects", "records", "fields_required", "fields_told",
  ]

  static var head: [UInt8] { Array((columns.map(quoted).joined(separator: ",") + "\r\n").utf8) }

  static func line(_ row: CaseRow) -> [UInt8] {
    func fact(_ fact: Fact) -> String { quoted(row.facts[fact] ?? "") }
    func list(_ fact: Fact) -> String { quoted(row.facts.values(fact).joined(separator: "; ")) }
    func time(_ time: Int64?) -> String { time.map { quoted(Instant(microseconds: $0).description) } ?? quoted("") }
    let defects = CaseDefect.Kind.allCases.enumerated().filter { row.measures.defects & (1 << Int64($0.offset)) != 0 }.map(\.element.rawValue)
    let latency = row.ended.flatMap { end in row.measures[.ingested].map { "\(Double(max(0, end - $0)) / 1e6)" } } ?? ""
    let cells = [
      quoted(row.id), fact(.workflow), quoted(row.outcome), time(row.opened), time(row.ended), latency, fact(.route), fact(.risk), fact(.model),
      fact(.prompt), fact(.bundle), fact(.confidence), fact(.draw), list(.reasons), list(.reviewer), list(.decision), list(.tier), list(.sources),
      quoted(row.measures.isWrong.map { $0 ? "wrong" : "right" } ?? ""), quoted(defects.joined(separator: "; ")), "\(row.records)",
      "\(row.measures.fields.due)", "\(row.measures.fields.present)",
    ]
    return Array((cells.joined(separator: ",") + "\r\n").utf8)
  }

  /// Spreadsheets run what begins with one of these, also after spaces; full-width forms some take for the same.
  private static let starters: Set<Unicode.Scalar> = ["=", "+", "-", "@", "\t", "\r", "\n", "|", "%", "\u{FF1D}", "\u{FF0B}", "\u{FF0D}", "\u{FF20}"]

  static func quoted(_ text: String) -> String {
    var safe = ""
    let first = text.unicodeScalars.first { $0 != " " && $0 != "\u{A0}" && $0 != "\u{FEFF}" }
    if let first, starters.contains(first) { safe = "'" }
    for scalar in text.unicodeScalars where scalar.value != 0 {
      if scalar == "\"" { safe.unicodeScalars.append(scalar) }
      safe.unicodeScalars.append(scalar)
    }
    return "\"\(safe)\""
  }
}
