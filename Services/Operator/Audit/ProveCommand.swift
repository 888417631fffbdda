import ArgumentParser
import Foundation
import JSON
import Ledger
import Wire

/// Writes the proof that one record is in the ledger.
struct ProveCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prove", abstract: "Writes the proof that one record is in the ledger (C2SP .tlog-proof).",
    discussion: "The file holds the leaf, its path and the checkpoint; `countersign audit verify FILE --key KEY` checks it anywhere.")

  @Argument(help: "The record's position in the ledger, as a case's story tells it.") var position: UInt64
  @Option(help: "Where audit answers.") var audit = "http://127.0.0.1:7105"
  @Option(help: "The file; - is standard output.") var out: String?

  func run() async throws {
    let web = try WebClient(audit, tokenFile: nil)
    let answer = try await web.patient("/v1/ledger/entries/\(position)/proof")
    try write(answer, to: out ?? "\(position).tlog-proof")
  }
}

/// Writes one case's packet.
struct PacketCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "packet", abstract: "Writes all that is on record of a case, with proofs, into one signed file.",
    discussion: """
      With the operator's token (--token-file) the file holds contents, without it only facts. `countersign audit verify FILE --key KEY` \
      checks it anywhere, with nothing but the log's public key.
      """)

  @OptionGroup var question: CaseQuestion
  @Option(help: "The file; - is standard output.") var out: String?

  func run() async throws {
    let web = try WebClient(question.audit, tokenFile: question.tokenFile)
    let answer = try await web.patient("/v1/cases/\(question.id)/packet")
    try write(answer, to: out ?? "\(question.id).packet.json")
  }
}

extension WebClient {
  /// The answer's bytes, asked for again while no checkpoint tells of it yet (503): at most a minute and a half.
  fileprivate func patient(_ path: String) async throws -> [UInt8] {
    for _ in 0..<90 {
      let answer = try await get(path)
      if answer.status == 200 { return answer.body }
      guard answer.status == 503 else { throw OperatorError("\(base)\(path): \(answer.status) \(answer.json?["detail"]?.string ?? "")") }
      try await Task.sleep(for: .seconds(answer.retryAfter ?? 1))
    }
    throw OperatorError("\(base)\(path): no checkpoint came in a minute and a half. `countersign doctor` and GET /v1/ledger tell what witnesses say.")
  }
}

private func write(_ bytes: [UInt8], to path: String) throws {
  guard path != "-" else { return FileHandle.standardOutput.write(Data(bytes)) }
  do { try Data(bytes).write(to: URL(fileURLWithPath: path), options: .atomic) } catch {
    throw OperatorError("\(path) cannot be written: \(error.localizedDescription)")
  }
  printLine(path)
}
