import Foundation
import JSON

/// Audit's figures as lines.
struct KPITable {
  private let answer: JSON
  private let showsDefinitions: Bool

  init(_ answer: JSON, showsDefinitions: Bool) {
    self.answer = answer
    self.showsDefinitions = showsDefinitions
  }

  var lines: [String] {
    let groups = answer["groups"]?.array ?? []
    var lines = ["Cases that ended from \(clean(answer["from"]?.string ?? "?")) to \(clean(answer["to"]?.string ?? "?")), UTC"]
    if groups.isEmpty { lines.append("There is no such case.") }
    for group in groups { lines += [""] + tell(group) }
    guard showsDefinitions else { return lines }
    lines.append("")
    for (name, text) in answer["definitions"]?.object?.members ?? [] { lines.append("\(name): \(clean(text.string ?? ""))") }
    return lines
  }

  private func tell(_ group: JSON) -> [String] {
    let names = (group["group"]?.object?.members ?? []).map { "\($0.key) \(clean($0.value.string ?? ""))" }
    let head = names.isEmpty ? "all workflows" : names.joined(separator: ", ")
    var lines = ["\(head): \(group["ended"]?.integer ?? 0) ended, \(group["open"]?.integer ?? 0) open, \(group["escalated"]?.integer ?? 0) paged"]
    for figure in group["kpis"]?.array ?? [] {
      let name = (figure["kpi"]?.string ?? "").padding(toLength: 28, withPad: " ", startingAt: 0)
      lines.append("  \(name)\(words(figure))")
    }
    if let seconds = group["seconds"] {
      let parts = ["machine", "queue", "handle", "undo", "effect"].map { "\($0) \(duration(seconds[$0]?.double ?? 0))" }
      lines.append("  time of all cases           \(parts.joined(separator: ", ")) of \(duration(seconds["total"]?.double ?? 0))")
    }
    return lines
  }

  private func words(_ figure: JSON) -> String {
    let n = "n = \(figure["n"]?.integer ?? 0)"
    guard figure["status"]?.string == "ok", let estimate = figure["estimate"]?.double else {
      return "not enough data (\(clean(figure["why"]?.string ?? "nothing is known")))"
    }
    if figure["unit"]?.string == "s" {
      let open = figure["open"]?.integer ?? 0
      let bound = (figure["high"]?.double).map { ", at most \(duration($0)) with 95 %" } ?? ""
      return "\(duration(estimate))\(bound)  (\(n)\(open > 0 ? ", \(open) of them open" : ""))"
    }
    let isCoefficient = figure["unit"]?.string == "coefficient"
    func told(_ value: Double) -> String { isCoefficient ? "\((value * 100).rounded() / 100)" : share(value) }
    let interval = (figure["low"]?.double).flatMap { low in (figure["high"]?.double).map { " [\(told(low)), \(told($0))]" } } ?? ""
    let excluded = figure["excluded"]?.integer ?? 0
    return "\(told(estimate))\(interval)  (\(n)\(excluded > 0 ? ", \(excluded) left out" : ""))"
  }

  private func share(_ value: Double) -> String { "\((value * 1_000).rounded() / 10) %" }
}
