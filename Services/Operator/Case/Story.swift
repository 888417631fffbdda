import JSON
import Wire

/// A case's story as lines for a person who knows nothing of the code.
struct Story {
  private let answer: JSON
  private let hops: [JSON]

  init(_ answer: JSON) {
    self.answer = answer
    var tokens = TokenNames()
    hops = (answer["hops"]?.array ?? []).map { tokens.named($0) }
  }

  var lines: [String] { head + hops.flatMap(tell) + foot }

  private var head: [String] {
    let record = answer["record"]
    let opened = record?["opened"]?.string ?? ""
    let outcome = record?["outcome"]?.string ?? "open"
    var lines = ["Case \(clean(answer["case"]?.string ?? ""))"]
    lines.append(
      "  \(clean(record?["workflow"]?.string ?? "unknown workflow")), \(outcome == "open" ? "still open" : "ended: \(clean(outcome))")"
        + ", \(hops.count) record\(hops.count == 1 ? "" : "s")")
    if let start = Instant(rfc3339: opened), let end = (record?["ended"]?.string).flatMap({ Instant(rfc3339: $0) }) {
      lines.append("  from \(day(opened)) \(clock(opened)) on, \(duration(end.seconds(since: start))) from first record to outcome")
    } else {
      lines.append("  from \(day(opened)) \(clock(opened)) on")
    }
    return lines + [""]
  }

  private func tell(_ hop: JSON) -> [String] {
    let told = narrate(hop)
    let time = hop["time"]?.string ?? ""
    var lines = ["\(clock(time))  \(told.what)"]
    lines += told.details.map { "              \($0)" }
    if let by = hop["erased_by"]?.integer { lines.append("              its content is gone, as record \(by) says") }
    if hop["intact"]?.bool == false { lines.append("              WARNING: the content is not what the ledger committed to") }
    return lines
  }

  private var foot: [String] {
    var lines = [""]
    let missing = (answer["missing"]?.array ?? []).compactMap(\.string)
    lines.append(missing.isEmpty ? "The record is complete." : "The record lacks: \(missing.joined(separator: ", ")).")
    let intact = hops.filter { $0["intact"]?.bool == true }.count
    lines.append("\(intact) of \(hops.count) contents are what the ledger committed to.")
    let gone = hops.filter { $0["erased_by"]?.integer != nil }.count
    if gone > 0 { lines.append("\(gone) contents are gone by retention; their facts and proofs are here.") }
    if answer["held"]?.bool == true { lines.append("A legal hold keeps what is left.") }
    if answer["content"]?.string == "hidden" {
      lines.append("Contents are hidden; --token-file with the operator's token shows them.")
    }
    if answer["truncated"]?.bool == true { lines.append("There are more records than are shown here.") }
    return lines
  }

  private func day(_ time: String) -> String { String(time.prefix(10)) }
  private func clock(_ time: String) -> String { time.count >= 23 ? String(time.dropFirst(11).prefix(12)) : "            " }
}

func duration(_ seconds: Double) -> String {
  switch seconds {
  case ..<1: "\(Int((seconds * 1_000).rounded())) ms"
  case ..<120: "\((seconds * 10).rounded() / 10) s"
  case ..<7_200: "\(Int((seconds / 60).rounded())) min"
  default: "\((seconds / 360).rounded() / 10) h"
  }
}
