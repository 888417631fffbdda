import ArgumentParser
import Foundation
import Ledger
import Logging

/// A witness: a small process of somebody else's, on another machine, that keeps what it has seen of a log.
struct WitnessCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "witness", abstract: "Runs a witness: it cosigns checkpoints that go on from all it has seen (C2SP tlog-witness).",
    discussion: """
      Run it where whoever runs audit cannot write. It needs the log's public key and a key of its own, and keeps the last checkpoint of each \
      log in its folder. Audit asks it where its WITNESSES file has a line `witness NAME KEY http://HOST:PORT`.
      """)

  @Option(help: "Where it listens.") var listen = "127.0.0.1:7120"
  @Option(help: "The witness's name in its signatures; no space, no plus sign.") var name: String
  @Option(help: "A file with the 32 secret bytes of its Ed25519 key.") var keyFile: String
  @Option(help: "A log's public key, or a file with it; several for several logs, or while one changes its key.") var log: [String]
  @Option(help: "The folder of what it has seen. Who sets it back makes the witness worthless.") var state: String

  func run() async throws {
    let seed = try secretSeed(keyFile)
    let cosigner: Cosigner
    do throws(NoteError) { cosigner = try Cosigner(name: name, seed: seed) } catch {
      throw OperatorError("--name \(short(clean(name), 60)): a name without spaces and plus signs was expected.")
    }
    var options = TrustOptions()
    (options.key, options.policy) = (log, nil)
    let parts = listen.split(separator: ":")
    guard parts.count == 2, let port = Int(parts[1]), (0...65_535).contains(port) else {
      throw OperatorError("--listen \(clean(listen)): HOST:PORT was expected.")
    }
    let witness = try WitnessDesk(cosigner, logs: options.trust().logs, folder: state)
    printLine("\(cosigner.verifier.text)\nlistens on http://\(listen)")
    try await serve(witness, host: String(parts[0]), port: port)
  }
}
