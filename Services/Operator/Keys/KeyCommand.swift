import ArgumentParser
import JSON

/// The keys under which policy signs permits.
struct KeyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "key", abstract: "Under which keys permits are and were signed; revokes one.",
    discussion: "A new key is taken into use by naming its file last in policy's SIGNING_KEY_FILE and starting policy anew.",
    subcommands: [List.self, Revoke.self], defaultSubcommand: List.self)

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "Every key, with its state and since when.")

    @Option(help: "Where policy answers.") var policy = "http://127.0.0.1:7102"
    @Flag(help: "Prints a JSON object.") var json = false

    func run() async throws {
      let answer = try await WebClient(policy, tokenFile: nil).json("/v1/keys")
      if json { return printLine(answer.text) }
      for key in answer["keys"]?.array ?? [] {
        let words = Words(key), revoked = Words(key["revoked"])
        let why = revoked["reason"].map { ", revoked \(revoked["at"] ?? "") by \(revoked["by"] ?? ""): \($0)" } ?? ""
        printLine("\(words["kid"] ?? "")  \(words["state"] ?? "")  since \(words["since"] ?? "")\(why)")
      }
    }
  }

  struct Revoke: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "revoke", abstract: "Nothing that is signed under this key counts any more, from now on.",
      discussion: """
        Within five seconds executors and services refuse permits under it. Permits that are out go out again under another \
        key that policy holds; where there is none, everything stops until there is.
        """)

    @Argument(help: "The key's id (countersign key list).") var kid: String
    @Option(help: "Why, in one sentence.") var reason: String
    @Option(help: "Where policy answers.") var policy = "http://127.0.0.1:7102"
    @Option(help: "A file with your own bearer token: you must be a duty officer or a lead.") var tokenFile: String
    @Flag(help: "Prints a JSON object.") var json = false

    func run() async throws {
      let body: JSON = ["reason": .string(reason)]
      let path = "/v1/keys/\(kid)/revoke"
      let answer = try await WebClient(policy, tokenFile: tokenFile).posted(path, body)
      if json { return printLine(answer.text) }
      let signing = answer["signing"]?.string.map(clean)
      printLine(signing.map { "\(kid) is revoked; \($0) signs." } ?? "\(kid) is revoked, and no key is left: everything is stopped.")
    }
  }
}
