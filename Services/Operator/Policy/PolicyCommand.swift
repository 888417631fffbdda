import ArgumentParser
import Bundles
import Foundation
import JSON
import Workflows

/// `countersign policy`: why cases went where they went.
struct PolicyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "policy", abstract: "Why a case went where it went, and where it goes when nobody decides.",
    subcommands: [Explain.self, Ladder.self])

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

  struct Ladder: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Tells in words who decides a workflow's cases, and who is called when nobody does.",
      discussion: "It reads the workflow's folder; which policy is in force, policy's /v1/bundles tells.")

    @Argument(help: "Workflow folders.") var folders: [String]

    func run() throws {
      for (index, folder) in folders.enumerated() {
        let check = FolderCheck(URL(fileURLWithPath: folder))
        guard let bundle = check.bundle else {
          throw OperatorError("\(folder) has no sound policy.yaml: `countersign workflow check \(folder)` says what is wrong.")
        }
        if index > 0 { printLine("") }
        bundle.ladderInWords.forEach { printLine($0) }
      }
    }
  }
}
