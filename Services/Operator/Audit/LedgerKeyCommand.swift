import ArgumentParser
import Foundation
import Ledger

/// The public half of a key, for whoever checks.
struct LedgerKeyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "key", abstract: "Prints the public key of a log or a witness, from its secret key's file.",
    discussion: "Give it to whoever checks the ledger, by a way of its own: a key that lies beside the ledger proves nothing.")

  @Argument(help: "The file with the 32 bytes (audit's SIGNING_KEY_FILE, or a witness's key).") var file: String
  @Option(help: "The log's name (audit's LEDGER_NAME), or the witness's.") var name = "countersign.local/audit"
  @Flag(help: "The key of a witness (type 4: cosignatures).") var witness = false

  func run() throws {
    let seed = try secretSeed(file)
    do throws(NoteError) {
      printLine(witness ? try Cosigner(name: name, seed: seed).verifier.text : try NoteSigner(name: name, seed: seed).verifier.text)
    } catch { throw OperatorError("--name \(short(clean(name), 60)): a name without spaces and plus signs was expected.") }
  }
}

/// The first 32 bytes of a secret key's file.
func secretSeed(_ path: String) throws -> [UInt8] {
  guard let data = FileManager.default.contents(atPath: path), data.count >= 32 else {
    throw OperatorError("\(path): a file of 32 secret bytes was expected. Make one: head -c 32 /dev/urandom > FILE; chmod 600 FILE.")
  }
  return Array(data.prefix(32))
}
