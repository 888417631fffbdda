import ArgumentParser
import Foundation
import JSON

/// The figures of a time, as a table.
struct KPICommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "kpi", abstract: "How fast, how safe and how well recorded: each figure with its interval and what it rests on.",
    discussion: """
      Cases count on the day (UTC) on which they ended; open ones count today, as at least as old as they are. Where there is \
      too little to tell a figure says so. --definitions prints what each one means. deploy/kpis/recompute.py makes the same \
      figures from audit's export alone.
      """)

  @Option(help: "The first day, as 2026-11-24; 27 days before the last without.") var from: String?
  @Option(help: "The last day; today without.") var to: String?
  @Option(help: "Into which parts: workflow, risk, route, model, prompt, bundle, tier, reason, day; several with commas.") var by: String?
  @Option(help: "Only this workflow.") var workflow: String?
  @Option(help: "Only cases that are so: NAME=VALUE, of the names of --by; may be repeated.") var only: [String] = []
  @Option(help: "Where audit answers.") var audit = "http://127.0.0.1:7105"
  @Flag(help: "Prints what each figure means.") var definitions = false
  @Flag(help: "Prints audit's answer as JSON.") var json = false

  func run() async throws {
    var items: [URLQueryItem] = []
    for (name, value) in [("from", from), ("to", to), ("by", by), ("workflow", workflow)] {
      if let value { items.append(URLQueryItem(name: name, value: value)) }
    }
    for filter in only {
      let parts = filter.split(separator: "=", maxSplits: 1).map(String.init)
      guard parts.count == 2 else { throw OperatorError("--only \(filter): NAME=VALUE was expected.") }
      items.append(URLQueryItem(name: parts[0], value: parts[1]))
    }
    var components = URLComponents()
    components.queryItems = items.isEmpty ? nil : items
    let query = (components.percentEncodedQuery ?? "").replacingOccurrences(of: "+", with: "%2B")
    let answer = try await WebClient(audit, tokenFile: nil).json("/v1/kpis" + (query.isEmpty ? "" : "?\(query)"))
    if json { return printLine(answer.text) }
    for line in KPITable(answer, showsDefinitions: definitions).lines { printLine(line) }
  }
}
