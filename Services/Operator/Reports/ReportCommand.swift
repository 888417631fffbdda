import ArgumentParser
import Foundation
import JSON

/// Prints one of audit's reports.
struct ReportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report", abstract: "The daily checkpoint report, the weekly one, or the quarterly one of thresholds.",
    discussion: """
      countersign report daily --day 2026-11-29
      countersign report weekly --json
      Days are UTC; without --day yesterday's report, or that of the week or quarter in which yesterday lies. A report is signed on its \
      page at the desk; `countersign ready` says how workflows stand now.
      """)

  enum Kind: String, ExpressibleByArgument, CaseIterable { case daily, weekly, quarterly }

  @Argument(help: "daily, weekly or quarterly.") var kind: Kind
  @Option(help: "One of its days, as 2026-11-29.") var day: String?
  @Option(help: "Where audit answers.") var audit = "http://127.0.0.1:7105"
  @Flag(help: "Prints audit's answer as JSON.") var json = false
  @Flag(help: "Prints Markdown, as without --json.") var markdown = false

  func validate() throws {
    if json, markdown { throw ValidationError("Either --json or --markdown, not both.") }
    if let day, day.utf8.count != 10 || !day.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == 0x2D }) {
      throw ValidationError("--day \(day): a day as 2026-11-29 was expected.")
    }
  }

  func run() async throws {
    var query = ["format=\(json ? "json" : "markdown")"]
    if let day { query.append("day=\(day)") }
    let path = "/v1/reports/\(kind.rawValue)?\(query.joined(separator: "&"))"
    let client = try WebClient(audit, tokenFile: nil)
    if json { return printLine(try await client.json(path).text) }
    let answer = try await client.get(path)
    guard answer.status == 200 else { throw OperatorError(clean(answer.json?["detail"]?.string ?? "audit answered \(answer.status)")) }
    for line in String(decoding: answer.body, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false) { printLine(clean(String(line))) }
  }
}
