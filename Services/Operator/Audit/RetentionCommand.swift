import ArgumentParser
import JSON

/// What contents are kept for how long, and what is gone.
struct RetentionCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "retention", abstract: "For how long contents are kept, how far the sweep is, what is gone.")

  @Option(help: "Where audit answers.") var audit = "http://127.0.0.1:7105"
  @Flag(help: "Prints audit's answer as JSON.") var json = false

  func run() async throws {
    let answer = try await WebClient(audit, tokenFile: nil).json("/v1/retention")
    if json { return printLine(answer.text) }
    for line in Self.told(answer) { printLine(line) }
  }

  static func told(_ answer: JSON) -> [String] {
    func number(_ value: JSON?) -> String { value?.integer.map(String.init) ?? "-" }
    let classes = answer["classes"]?.array ?? []
    var lines = classes.isEmpty ? ["Nothing is declared: no content is destroyed by time (audit's setting RETENTION)."] : []
    for one in classes {
      let words = Words(one)
      let parts = (one["parts"]?.object?.members ?? []).filter { $0.value.integer != one["days"]?.integer }.map { "\(clean($0.key)) \(number($0.value))" }
      let workflows = list(one["workflows"])
      let others = answer["others"]?.string == one["class"]?.string ? ["all others"] : []
      lines.append("\(words["class"] ?? ""): \(words["days"] ?? "") days\(parts.isEmpty ? "" : " (\(parts.joined(separator: ", ")))"): \(((workflows.isEmpty ? [] : [workflows]) + others).joined(separator: ", "))")
    }
    let (sweep, erased) = (answer["sweep"], answer["erased"])
    lines.append("looked    \(sweep?["last"]?.string.map(clean) ?? "not yet"): \(number(sweep?["cases"])) cases, \(number(sweep?["held"])) of them held")
    lines.append("going     \(number(sweep?["begun"])) said to go within \(number(answer["notice_hours"])) hours, \(number(sweep?["waiting"])) kept by a hold or waiting for a checkpoint")
    lines.append("gone      \(number(erased?["contents"])) contents of \(number(erased?["cases"])) cases, \(number(erased?["bytes"])) bytes")
    lines.append("holds     \(number(answer["holds"])) stand")
    if let failure = sweep?["failure"]?.string { lines.append("FAILED    \(clean(failure))") }
    return lines
  }
}
