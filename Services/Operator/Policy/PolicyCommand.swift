import ArgumentParser
import Bundles
import Foundation
import JSON
import Workflows

/// `countersign policy`: why cases went where they went.
struct PolicyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "policy", abstract: "Why a case went where it went, what a policy says, and where a case goes when nobody decides.",
    subcommands: [Explain.self, Read.self, Ladder.self])

  struct Explain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Explains a case's route: every match, and what would have had to differ for the next milder route.",
      discussion: """
        It tells what policy recorded when it judged, from audit's ledger; nothing is judged anew. Contents take the \
        operator's token (--token-file). Personal data stays tokenised.
        """)

    @OptionGroup var question: CaseQuestion
    @Flag(help: "Prints JSON.") var json = false

    func run() async throws {
      let explanation = try Explanation(await question.answer())
      if json { return printLine(explanation.json.text) }
      explanation.lines.forEach { printLine($0) }
    }
  }

  struct Read: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Reads a workflow's whole policy aloud: every gate, rule, number and route in words.",
      discussion: """
        It reads the workflow's folder; the version that it tells is the one that policy's /v1/bundles and every case name where it \
        is in force. What is computed stands as the file writes it, between backticks.
        """)

    @Argument(help: "Workflow folders.") var folders: [String]

    func run() throws {
      try PolicyCommand.tell(folders) { $0.inWords }
    }
  }

  /// - Throws: for a folder whose policy does not load.
  private static func tell(_ folders: [String], _ words: (Bundles.Bundle) -> [String]) throws {
    for (index, folder) in folders.enumerated() {
      guard let bundle = FolderCheck(URL(fileURLWithPath: folder)).bundle else {
        throw OperatorError("\(folder) has no sound policy.yaml: `countersign workflow check \(folder)` says what is wrong.")
      }
      if index > 0 { printLine("") }
      words(bundle).forEach { printLine(clean($0)) }
    }
  }

  struct Ladder: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Tells in words who decides a workflow's cases, and who is called when nobody does.",
      discussion: "It reads the workflow's folder; which policy is in force, policy's /v1/bundles tells.")

    @Argument(help: "Workflow folders.") var folders: [String]

    func run() throws {
      try PolicyCommand.tell(folders) { $0.ladderInWords }
    }
  }
}
