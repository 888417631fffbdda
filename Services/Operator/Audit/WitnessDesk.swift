import Crypto
import Foundation
import Ledger
import Synchronization

/// What a witness has seen, on disk, and its answers. Any thread; one request at a time.
///
/// A checkpoint is on disk, durably, before anybody sees its cosignature: never are two trees of one log cosigned.
final class WitnessDesk: Sendable {
  struct Answer: Sendable, Equatable {
    let status: Int
    let type: String
    let body: String
  }

  private let cosigner: Cosigner
  private let logs: [NoteVerifier]
  private let folder: String
  private let desk = Mutex(())
  private let lock: Int32

  /// - Throws: where the folder cannot be written, or another process has it.
  init(_ cosigner: Cosigner, logs: [NoteVerifier], folder: String) throws {
    (self.cosigner, self.logs, self.folder) = (cosigner, logs, folder)
    do { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) } catch {
      throw OperatorError("--state \(folder) cannot be made: \(error.localizedDescription)")
    }
    lock = open("\(folder)/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard lock >= 0, flock(lock, LOCK_EX | LOCK_NB) == 0 else { throw OperatorError("\(folder) is used by another witness, or cannot be written.") }
  }

  deinit { close(lock) }

  /// `POST /add-checkpoint` (C2SP tlog-witness).
  ///
  /// - Parameter time: seconds since 1970 UTC.
  func add(_ body: [UInt8], at time: UInt64) throws -> Answer {
    guard let text = String(validating: body, as: UTF8.self), let request = WitnessRequest(text) else {
      return Answer(status: 400, type: "text/plain", body: "old SIZE, a proof, an empty line and a checkpoint were expected\n")
    }
    return try desk.withLock { _ in
      switch try witness(request, keys: logs, last: { try self.last($0) }) {
      case .badRequest: return Answer(status: 400, type: "text/plain", body: "this is no checkpoint, or it is smaller than the old size\n")
      case .unknownLog: return Answer(status: 404, type: "text/plain", body: "this log is not known here\n")
      case .unsigned: return Answer(status: 403, type: "text/plain", body: "no key of this log has signed the checkpoint\n")
      case .conflict(let size): return Answer(status: 409, type: "text/x.tlog.size", body: "\(size)\n")
      case .inconsistent: return Answer(status: 422, type: "text/plain", body: "the proof does not lead from the old tree to this one\n")
      case .cosigns(let checkpoint):
        let signature = try cosigner.sign(checkpoint, at: time)
        var note = try Note(request.note)
        note.signatures.append(signature)
        try keep(note.text, of: checkpoint.origin)
        return Answer(status: 200, type: "text/plain; charset=utf-8", body: signature.line)
      }
    }
  }

  /// The last checkpoint that it cosigned of a log, with its signature; nil where it has seen none.
  func seen(_ origin: String) throws -> String? {
    desk.withLock { _ in FileManager.default.contents(atPath: path(origin)).map { String(decoding: $0, as: UTF8.self) } }
  }

  /// - Throws: where what it kept cannot be read: then it must not cosign anything.
  private func last(_ origin: String) throws -> Checkpoint? {
    let path = path(origin)
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    guard let data = FileManager.default.contents(atPath: path), let note = try? Note(String(decoding: data, as: UTF8.self)),
      (try? cosigner.verifier.time(note)) != nil, let checkpoint = Checkpoint(body: note.body[...])
    else { throw OperatorError("\(path) is not what this witness has kept: restore the folder.") }
    return checkpoint
  }

  private func path(_ origin: String) -> String {
    "\(folder)/" + SHA256.hash(data: Data(origin.utf8)).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined() + ".checkpoint"
  }

  private func keep(_ note: String, of origin: String) throws {
    let fresh = path(origin) + ".new"
    let file = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw OperatorError("\(fresh) cannot be written.") }
    let bytes = Array(note.utf8)
    let isWritten = write(file, bytes, bytes.count) == bytes.count && fsync(file) == 0
    close(file)
    guard isWritten, rename(fresh, path(origin)) == 0 else { throw OperatorError("\(fresh) could not be written.") }
    let directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    defer { close(directory) }
    guard directory >= 0, fsync(directory) == 0 else { throw OperatorError("\(folder) could not be synced.") }
  }
}
