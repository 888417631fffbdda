import ArgumentParser
import JSON

/// `countersign policy`: why cases went where they went.
struct PolicyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "policy", abstract: "Why a case went where it went.", subcommands: [Explain.self])

  struct Explain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Explains a case's route: every match, and what would have had to differ for the next milder route.",
      discussion: """
        It tells what policy recorded when it judged, from audit's ledger; nothing is judged anew. Contents take the \
        operator's token (--token-file). Personal data stays tokenised.
        """)

    @Argument(help: "The case's id.") var id: String
    @Option(help: "Where audit answers.") var audit = "http://127.0.0.1:7105"
    @Option(help: "A file with the operator's bearer token.") var tokenFile: String?
    @Flag(help: "Prints JSON.") var json = false

    func validate() throws {
      guard isCaseID(id) else { throw ValidationError("ID: a case id was expected, as 019ab000-0000-7000-8000-000000000001.") }
    }

    func run() async throws {
      let answer = try await WebClient(audit, tokenFile: tokenFile).json("/v1/cases/\(id)")
      let explanation = try Explanation(answer)
      if json { return printLine(explanation.json.text) }
      explanation.lines.forEach { printLine($0) }
    }
  }
}

func isCaseID(_ id: String) -> Bool {
  id.utf8.count == 36 && id.utf8.allSatisfy { $0 == 0x2D || ($0 >= 0x30 && $0 <= 0x39) || ($0 >= 0x61 && $0 <= 0x66) }
}
