import ArgumentParser
import Foundation
import JSON
import Permits

/// Exceptions: waivers that end by themselves, in force from a list that people sign.
struct ExceptionCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "exception", abstract: "Exceptions to a policy: sign a list, put it in force, see what was used.",
    discussion: """
      An exception waives reason codes in some cases of a workflow, for a reason, until it ends: at most 90 days. Whoever asks \
      for it and whoever approves it sign the whole list, each with a key that policy's EXCEPTION_KEYS names.
      """,
    subcommands: [List.self, Sign.self, Put.self, Key.self], defaultSubcommand: List.self)

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "The exceptions in force, with state and uses.")

    @Option(help: "Where policy answers.") var policy = "http://127.0.0.1:7102"
    @Flag(help: "Prints a JSON object.") var json = false

    func run() async throws {
      let answer = try await WebClient(policy, tokenFile: nil).json("/v1/exceptions")
      if json { return printLine(answer.text) }
      lines(of: answer).forEach { printLine($0) }
    }
  }

  struct Sign: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "sign", abstract: "Signs a list, or adds a signature to a signed one.",
      discussion: "Says every mistake of the list first. A list that was changed needs all signatures anew.")

    @Argument(help: "The list, YAML or JSON, or the signed file of those who signed before.") var file: String
    @Option(help: "A file with the 32 bytes of your own key.") var key: String
    @Option(help: "Who you are: an id of the people file.") var person: String
    @Option(help: "The signed file; what it holds of the same list stays.") var to: String
    @Option(help: "A folder of workflow folders, against which conditions are checked too.") var workflows: String?

    func run() throws {
      var signed = try ExceptionFile(file, workflows: workflows)
      if let before = try? ExceptionFile(to, workflows: nil), before.hash == signed.hash {
        signed.signatures += before.signatures.filter { !signed.signatures.contains($0) }
      }
      let signature = ExceptionSignature(person: person, list: signed.hash, version: signed.version)
      let token = try signature.signed(by: ExceptionFile.key(key), issuedAt: Int64(Date().timeIntervalSince1970))
      signed.signatures.append(token)
      try Data((signed.json.text + "\n").utf8).write(to: URL(fileURLWithPath: to))
      printLine("\(to): list \(signed.version), \(signed.signatures.count) signature\(signed.signatures.count == 1 ? "" : "s")")
    }
  }

  struct Put: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "put", abstract: "Puts a signed list in force, in place of the one before.",
      discussion: "Policy checks signatures, people and every entry, and says all that is wrong; a refusal stands in the ledger.")

    @Argument(help: "The signed file.") var file: String
    @Option(help: "Where policy answers.") var policy = "http://127.0.0.1:7102"
    @Option(help: "A file with your own bearer token.") var tokenFile: String
    @Flag(help: "Prints a JSON object.") var json = false

    func run() async throws {
      guard let text = try? Data(contentsOf: URL(fileURLWithPath: file)), let signed = try? JSON.parse(Array(text)) else {
        throw OperatorError("\(file) holds no signed list; countersign exception sign makes one.")
      }
      let answer = try await WebClient(policy, tokenFile: tokenFile).posted("/v1/exceptions", signed)
      if json { return printLine(answer.text) }
      lines(of: answer).forEach { printLine($0) }
    }
  }

  struct Key: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "key", abstract: "Prints the public half of a person's key, for policy's EXCEPTION_KEYS.",
      discussion: "EXCEPTION_KEYS is {\"keys\": [...]} of such lines. The key's file stays with its owner.")

    @Argument(help: "A file with the 32 bytes of the key.") var file: String
    @Option(help: "Whose it is: an id of the people file.") var person: String

    func run() throws {
      var jwk = try ExceptionFile.key(file).verification.jwk.object ?? JSONObject()
      jwk["person"] = .string(person)
      printLine(JSON.object(jwk).text)
    }
  }
}

/// What is in force, a line for each.
private func lines(of answer: JSON) -> [String] {
  let words = Words(answer)
  guard let version = answer["version"]?.integer, version > 0 else { return ["No list of exceptions was put in force yet."] }
  var lines = ["List \(version), put by \(words["by"] ?? "") at \(words["at"] ?? "")"]
  if let fault = words["fault"] { lines.append("It has no effect: \(fault)") }
  for exception in answer["exceptions"]?.array ?? [] {
    let words = Words(exception)
    let last = words["last_used"].map { ", last \($0)" } ?? ""
    lines.append("\(words["id"] ?? "")  \(words["state"] ?? "")  \(words["workflow"] ?? "")  until \(words["expires"] ?? "")  used \(words["uses"] ?? "0")\(last)")
    lines.append("    waives \(list(exception["waives"]))\(words["when"].map { " where \($0)" } ?? "")")
    lines.append("    because \(words["reason"] ?? ""), asked by \(words["requester"] ?? ""), approved by \(words["approver"] ?? "")")
  }
  return lines
}
