import ArgumentParser
import JSON

/// The lots of held samples, and what follows from them.
struct LotCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lot", abstract: "How closely each stratum is looked at, and whether it may go on.",
    discussion: """
      Two rejected lots of five or fewer double a stratum's rate; five accepted ones take it back; five rejected ones while it \
      is doubled hold every case until a person signs.
      """,
    subcommands: [List.self, Resume.self], defaultSubcommand: List.self)

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "Every stratum of which people have judged samples.")

    @Option(help: "Where policy answers.") var policy = "http://127.0.0.1:7102"
    @Flag(help: "Prints a JSON object.") var json = false

    func run() async throws {
      let answer = try await WebClient(policy, tokenFile: nil).json("/v1/lots")
      if json { return printLine(answer.text) }
      let lots = answer["lots"]?.array ?? []
      if lots.isEmpty { printLine("Nothing is known of any lot: no held sample was wrong or is being counted.") }
      for lot in lots {
        let words = Words(lot)
        let recent = (lot["recent"]?.array ?? []).map { $0.bool ?? false ? "accepted" : "rejected" }.joined(separator: ", ")
        printLine("\(words["workflow"] ?? "")  \(words["stratum"] ?? "")  lane \(words["lane"] ?? "")  \(words["severity"] ?? "")  lots: \(recent.isEmpty ? "none" : recent)")
        printLine("    now \(words["samples"] ?? "0") samples, \(words["wrong"] ?? "0") wrong; \(words["rejected"] ?? "0") lots rejected while tightened")
      }
    }
  }

  struct Resume: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "resume", abstract: "Signs that a stratum that its lots have stopped may go on, at twice its rate.")

    @Argument(help: "The workflow.") var workflow: String
    @Argument(help: "The stratum (countersign lot list).") var stratum: String
    @Option(help: "Why, in one sentence.") var reason: String
    @Option(help: "Where policy answers.") var policy = "http://127.0.0.1:7102"
    @Option(help: "A file with your own bearer token: you must be a duty officer or a lead.") var tokenFile: String
    @Flag(help: "Prints a JSON object.") var json = false

    func run() async throws {
      let body: JSON = ["workflow": .string(workflow), "stratum": .string(stratum), "reason": .string(reason)]
      let answer = try await WebClient(policy, tokenFile: tokenFile).posted("/v1/lots/resume", body)
      printLine(json ? answer.text : "\(clean(stratum)) of \(clean(workflow)) goes on from the next epoch, at twice its rate.")
    }
  }
}
