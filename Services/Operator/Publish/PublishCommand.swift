import ArgumentParser
import Foundation
import JSON

/// Publishes items and sums up what became of them.
struct PublishCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "publish",
    abstract: "Publishes items by HTTP, with progress, and sums up what became of them.",
    discussion: """
      A file holds one item as JSON, a list of items, or one item a line (.jsonl): {"id", "data"}, with "workflow" and \
      "source" where they differ. An item that was sent before counts once. Exit 0 where intake took every item.
      """)

  @Argument(help: "The workflow.") var workflow: String
  @Argument(help: "Files with items.") var files: [String]
  @Option(help: "Where intake answers.") var http = "http://127.0.0.1:7101"
  @Option(help: "A file with the source's bearer token.") var tokenFile: String?
  @Option(help: "The registered source, for items that name none.") var source: String?
  @Option(help: "Where audit answers.") var audit = "http://127.0.0.1:7105"
  @Option(help: "Seconds to wait for outcomes; 0 does not ask.") var wait = 30
  @Option(help: "Items under way at once.") var concurrency = 16
  @Flag(help: "Prints a JSON object.") var json = false

  func validate() throws {
    guard !files.isEmpty else { throw ValidationError("FILE: at least one file was expected.") }
    guard (1...256).contains(concurrency) else { throw ValidationError("--concurrency: 1 to 256 was expected.") }
    guard (0...86_400).contains(wait) else { throw ValidationError("--wait: 0 to 86400 seconds was expected.") }
  }

  func run() async throws {
    let reader = ItemReader(workflow: workflow, source: source)
    let items = try files.flatMap { try reader.items(of: $0) }
    let publisher = Publisher(intake: try WebClient(http, tokenFile: tokenFile), concurrency: concurrency)
    let progress = Progress(isShown: !json && isatty(2) == 1)
    let publications = await publisher.publish(items) { progress.show("published \($0) of \(items.count)") }
    let cases = Set(publications.compactMap(\.caseID))
    var states: [String: Outcomes.State] = [:]
    if wait > 0, !cases.isEmpty {
      let outcomes = Outcomes(audit: try WebClient(audit, tokenFile: nil), workflow: workflow)
      states = try await outcomes.wait(for: cases, seconds: wait) { progress.show("ended \($0) of \(cases.count)") }
    }
    progress.end()
    let summary = Summary(publications: publications, states: states)
    if json { printLine(summary.json.text) } else { for line in summary.lines { printLine(line) } }
    if !summary.allTaken { throw ExitCode(1) }
  }
}

/// One line on a terminal that is written over.
private struct Progress {
  let isShown: Bool

  func show(_ text: String) {
    guard isShown else { return }
    FileHandle.standardError.write(Data("\r\u{1B}[K\(text)".utf8))
  }

  func end() { if isShown { FileHandle.standardError.write(Data("\r\u{1B}[K".utf8)) } }
}
