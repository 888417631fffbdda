import ArgumentParser
import Foundation
import Ledger

/// Whose word counts, of every command that checks something.
struct TrustOptions: ParsableArguments {
  @Option(help: "The log's public key (NAME+ID+KEY, as `countersign audit key` prints it), or a file with it; several where it changed.")
  var key: [String] = []
  @Option(help: "A policy file (C2SP tlog-policy): keys of logs and witnesses, and how many witnesses must have cosigned.")
  var policy: String?

  func trust() throws -> LedgerTrust {
    var policy = WitnessPolicy.none
    if let path = self.policy {
      guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
        throw OperatorError("--policy \(path) cannot be read: lines as `log KEY`, `witness NAME KEY` and `quorum NAME` were expected.")
      }
      do throws(WitnessPolicy.Mistake) { policy = try WitnessPolicy(text) } catch { throw OperatorError("\(path): \(error)") }
    }
    var logs = policy.logs
    for given in key {
      let text = FileManager.default.fileExists(atPath: given)
        ? (try String(contentsOfFile: given, encoding: .utf8)) : given
      for line in text.split(separator: "\n") {
        guard let verifier = try? NoteVerifier(line.trimmingCharacters(in: .whitespaces)) else {
          throw OperatorError("--key: \(short(clean(String(line)), 90)) is no public key of a log: NAME+8 HEX DIGITS+BASE64 was expected.")
        }
        if !logs.contains(verifier) { logs.append(verifier) }
      }
    }
    guard !logs.isEmpty else {
      throw OperatorError("Whose word counts? Name the log's public key with --key, or a --policy file with a line `log KEY`.")
    }
    return LedgerTrust(logs: logs, policy: policy)
  }
}
