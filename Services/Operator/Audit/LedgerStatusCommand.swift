import ArgumentParser
import JSON

/// Is the ledger well?
struct LedgerStatusCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Tells whether the ledger is well: signed, cosigned, verified, complete.",
    discussion: """
      Exit 0: it is. Exit 1: a person should look, and it says at what. What it tells is audit's own word; `countersign audit verify` needs \
      none, and with --tell its finding stands here.
      """)

  @Option(help: "Where audit answers.") var audit = "http://127.0.0.1:7105"
  @Flag(help: "Prints audit's answer as JSON.") var json = false

  func run() async throws {
    let state = try await WebClient(audit, tokenFile: nil).json("/v1/ledger/status")
    let isWell = state["well"]?.bool == true
    if json { printLine(state.text) } else { for line in lines(state, isWell) { printLine(line) } }
    if !isWell { throw ExitCode(1) }
  }

  private func lines(_ state: JSON, _ isWell: Bool) -> [String] {
    func text(_ value: JSON?) -> String { value?.string.map { clean($0) } ?? "-" }
    func number(_ value: JSON?) -> String { value?.integer.map(String.init) ?? "-" }
    var lines = [isWell ? "The ledger is well." : "A person should look:"]
    lines += (state["because"]?.array ?? []).map { "  \(text($0))" }
    lines.append("records     \(number(state["size"])), root \(text(state["root"]))")
    lines.append("checkpoint  \(number(state["checkpoint"]?["size"])) leaves, \(text(state["checkpoint"]?["at"])); outsiders see \(number(state["served"]))")
    for witness in state["witnesses"]?.array ?? [] {
      lines.append("witness     \(text(witness["name"])): has seen \(number(witness["seen"]))\(witness["failure"]?.string.map { ", \(clean($0))" } ?? "")")
    }
    if let verified = state["verified"], verified.object != nil {
      let found = verified["sound"]?.bool == true ? "sound" : "not what was signed: \(text(verified["detail"]))"
      lines.append("verified    \(text(verified["at"])) by \(text(verified["by"])): \(number(verified["size"])) leaves, \(found)")
    } else {
      lines.append("verified    by nobody who told (countersign audit verify \(audit) --key … --tell NAME --token-file …)")
    }
    lines.append("index       \(text(state["index_check"]?["state"])) \(text(state["index_check"]?["at"]))")
    lines.append("missing     \(number(state["gaps"])) given up, \(number(state["behind"])) streams behind, \(number(state["debts"])) transitions owed, \(number(state["flaws"])) flawed fields")
    return lines
  }
}
