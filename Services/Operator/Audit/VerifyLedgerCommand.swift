import ArgumentParser
import Foundation
import JSON
import Ledger

/// Is it what was signed? A ledger's folder, audit's address, a packet or a proof.
struct VerifyLedgerCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Checks a ledger, a packet or a .tlog-proof with the log's public key alone.",
    discussion: """
      WHAT is a ledger's folder or a copy of one, audit's address, a packet (`countersign audit packet`) or a .tlog-proof file. \
      Exit 0: it is what was signed. Exit 1: it is not, and which record is named as closely as can be known. Nothing but the \
      files and the key is needed.
      """)

  @Argument(help: "A folder, an address, or a file.") var what: String
  @OptionGroup var options: TrustOptions
  @Option(help: "A file with the checkpoints that you have seen before; this one is added to it. Without it nobody can tell an old state from the present one.")
  var seen: String?
  @Option(help: "Another copy of the ledger, a folder or an address: where do they part?") var against: String?
  @Option(help: "Where audit answers: its index is compared with the ledger, too.") var index: String?
  @Option(help: "Your name: audit, at the address that WHAT or --index names, keeps who verified the ledger and what was found (countersign audit status).")
  var tell: String?
  @Option(help: "With --index and --tell: a file with the operator's bearer token.") var tokenFile: String?
  @Flag(help: "Prints a JSON object.") var json = false

  func run() async throws {
    let trust = try options.trust()
    let report: VerifyReport
    var isFolder: ObjCBool = false
    if what.hasPrefix("http://") || what.hasPrefix("https://") {
      report = try await ledger(WebSource(what), trust)
    } else if FileManager.default.fileExists(atPath: what, isDirectory: &isFolder), isFolder.boolValue {
      report = try await ledger(FolderSource(folder: what), trust)
    } else {
      guard let data = FileManager.default.contents(atPath: what) else {
        throw OperatorError("\(what) cannot be read: a ledger's folder, audit's address, a packet or a .tlog-proof file was expected.")
      }
      report = try file(Array(data), trust)
    }
    printLine(json ? report.json.text : report.lines.joined(separator: "\n"))
    if !report.flaws.isEmpty { throw ExitCode(1) }
  }

  private func report(_ result: Inspection.Result, by name: String) async throws {
    guard let place = index ?? (what.hasPrefix("http") ? what : nil) else {
      throw OperatorError("--tell needs audit's address: name it as WHAT or with --index.")
    }
    let web = try WebClient(place, tokenFile: tokenFile)
    _ = try await web.posted(
      "/v1/ledger/verifications",
      [
        "by": .string(name), "size": .integer(Int64(clamping: result.checkpoint?.size ?? 0)),
        "root": .string(result.checkpoint.map { "\($0.root)" } ?? ""), "sound": .bool(result.flaws.isEmpty),
        "detail": .string(result.flaws.first?.text ?? ""),
      ])
  }

  private func file(_ bytes: [UInt8], _ trust: LedgerTrust) throws -> VerifyReport {
    guard let text = String(validating: bytes, as: UTF8.self), text.hasPrefix("c2sp.org/tlog-proof@v1\n") else {
      return VerifyReport(try PacketFile(bytes), trust)
    }
    guard let proof = TlogProof(text) else { throw OperatorError("\(what) is no .tlog-proof as C2SP has it.") }
    return VerifyReport(proof, trust)
  }

  private func ledger(_ source: some LedgerSource, _ trust: LedgerTrust) async throws -> VerifyReport {
    var inspection = Inspection(trust: trust, seen: try known(trust, try await source.keyChanges()))
    var result = try await inspection.look(at: source)
    if let against {
      let other: any LedgerSource = against.hasPrefix("http") ? try WebSource(against) : try FolderSource(folder: against)
      if let flaw = try await parting(source, other) { result.flaws.append(flaw) }
    }
    if let index {
      let web = try WebClient(index, tokenFile: tokenFile)
      result.flaws += try await IndexAnswer.flaws(web)
    }
    if let tell { try await report(result, by: tell) }
    if let seen, result.flaws.isEmpty { try remember(result.note, in: seen) }
    return VerifyReport(result, source.place)
  }

  /// The checkpoints of the file that `--seen` names. One that does not count any more is no reason to forget the others.
  private func known(_ trust: LedgerTrust, _ changes: [String]) throws -> [Checkpoint] {
    guard let seen, let text = try? String(contentsOfFile: seen, encoding: .utf8) else { return [] }
    let keys: LogKeys
    do throws(NoteError) { keys = try trust.keys(changes) } catch { keys = try trust.keys([]) }
    return CheckpointHistory.notes(text).notes.compactMap { try? keys.open($0) }
  }

  private func remember(_ note: String, in path: String) throws {
    var notes = CheckpointHistory.notes((try? String(contentsOfFile: path, encoding: .utf8)) ?? "").notes
    guard notes.last != note else { return }
    notes.append(note)
    do { try Data(CheckpointHistory.text(notes).utf8).write(to: URL(fileURLWithPath: path), options: .atomic) } catch {
      throw OperatorError("--seen \(path) cannot be written: \(error.localizedDescription)")
    }
  }
}

/// Where two copies of a ledger part: the first record that is not the same. One that is shorter is no other ledger.
func parting(_ first: some LedgerSource, _ second: any LedgerSource) async throws -> Flaw? {
  var first: any LedgerSource = first
  var second = second
  var position: UInt64 = 0
  var (here, there): ([SourceRecord], [SourceRecord]) = ([], [])
  while true {
    if here.isEmpty { here = try await first.next() }
    if there.isEmpty { there = try await second.next() }
    let count = min(here.count, there.count)
    guard count > 0 else { return nil }
    for place in 0..<count where here[place].leaf != there[place].leaf {
      let at = position + UInt64(place)
      return Flaw(kind: .fork, position: at, text: "record \(at) is another one in \(second.place): from there on they are two ledgers")
    }
    here.removeFirst(count)
    there.removeFirst(count)
    position += UInt64(count)
  }
}
