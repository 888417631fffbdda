import Ledger
import Storage
import Wire

/// The log's keys, as `SIGNING_KEY_FILE` names them: the last one signs, those before it have signed.
struct SigningKeys: Sendable {
  let all: [NoteSigner]

  /// - Parameter all: at least one, of one name.
  init(_ all: [NoteSigner]) { self.all = all }

  var signer: NoteSigner { all[all.count - 1] }
  var name: String { signer.name }
  var verifiers: [NoteVerifier] { all.map(\.verifier) }

  /// The checkpoint of a note that one of them has signed.
  func open(_ note: String) throws(NoteError) -> Checkpoint { try openNote(note, verifiers) }

  /// The change by which the signing key follows the one that signed the last checkpoint; nil where that one signs still.
  ///
  /// - Throws: `refused` where the one before is not known here, or where the signing key had ended before.
  func change(after last: CheckpointPublished, known: [String]) throws -> String? {
    let note = try Note(last.note)
    let changes = known.compactMap { try? KeyChange($0) }
    guard (try? signer.verifier.check(note)) == nil, !changes.contains(where: { $0.new == signer.verifier }) else { return nil }
    guard let old = all.dropLast().last(where: { (try? $0.verifier.check(note)) != nil }) else {
      throw StoreError(
        .refused, "the last checkpoint, of \(last.size) leaves, was signed by a key that SIGNING_KEY_FILE does not name: name the old key's file, a comma, the new one's.")
    }
    guard !changes.contains(where: { $0.old == signer.verifier }) else {
      throw StoreError(.refused, "the last key of SIGNING_KEY_FILE was followed by another one before: a key is not taken into use twice. Make a new one.")
    }
    let checkpoint = try open(last.note)
    return try KeyChange(size: checkpoint.size, root: checkpoint.root, old: old.verifier, new: signer.verifier).sign(old, signer)
  }
}

/// The checkpoint of a note that one of these keys has signed.
func openNote(_ note: String, _ verifiers: [NoteVerifier]) throws(NoteError) -> Checkpoint {
  for verifier in verifiers {
    do throws(NoteError) { return try verifier.open(note) } catch { if error != .unsigned { throw error } }
  }
  throw .unsigned
}
