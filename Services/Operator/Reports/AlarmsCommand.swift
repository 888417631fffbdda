import ArgumentParser
import Foundation
import JSON

/// What stands now of audit's alarms, each with the place where it stands what to do.
struct AlarmsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "alarms", abstract: "Which alarms stand now, since when, and where it stands what to do.",
    discussion: """
      Exits 1 where one stands. Every alert that there can be is listed with --kinds. With --test CODE, or --test all, it goes out as it would if \
      it were needed, on its whole way to the topic alerts, and ends again; it says that it is a test.
      """)

  @Option(help: "Where audit answers.") var audit = "http://127.0.0.1:7105"
  @Option(help: "Makes this alert (or all) begin and end, and tells after how many seconds it did.") var test: String?
  @Option(help: "With --test: a file with the operator's bearer token.") var tokenFile: String?
  @Flag(help: "Lists every alert that there can be, with its urgency and its runbook.") var kinds = false
  @Flag(help: "Prints audit's answer as JSON.") var json = false

  func run() async throws {
    if let test { return try await AlarmTest(WebClient(audit, tokenFile: tokenFile)).run(test) }
    let answer = try await WebClient(audit, tokenFile: nil).json("/v1/alarms")
    if json { return printLine(answer.text) }
    if kinds {
      for kind in answer["kinds"]?.array ?? [] { printLine(Self.kind(kind)) }
      return
    }
    let standing = answer["standing"]?.array ?? []
    for alarm in standing { for line in Self.lines(alarm) { printLine(line) } }
    guard standing.isEmpty else { throw ExitCode(1) }
    printLine("No alarm stands.")
  }

  static func lines(_ alarm: JSON) -> [String] {
    func text(_ name: String) -> String { clean(alarm[name]?.string ?? "") }
    return ["\(text("since"))  \(text("code").isEmpty ? text("key") : text("code"))", "    \(text("text"))", "    \(text("runbook"))"].filter {
      !$0.allSatisfy { $0 == " " }
    }
  }

  static func kind(_ kind: JSON) -> String {
    func text(_ name: String) -> String { clean(kind[name]?.string ?? "") }
    let ends = kind["stands"]?.bool == true ? "until it is over" : "told once"
    return "\(text("code").padding(toLength: 22, withPad: " ", startingAt: 0))\(text("severity").padding(toLength: 8, withPad: " ", startingAt: 0))\(ends.padding(toLength: 18, withPad: " ", startingAt: 0))\(text("runbook"))"
  }
}
