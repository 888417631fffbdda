/// What a log sends to a witness (C2SP tlog-witness, `add-checkpoint`).
public struct WitnessRequest: Sendable, Equatable {
  public let oldSize: UInt64
  public let proof: [TreeHash]
  /// The checkpoint, signed.
  public let note: String

  public init(oldSize: UInt64, proof: [TreeHash], note: String) {
    self.oldSize = oldSize
    self.proof = proof
    self.note = note
  }

  public var text: String { "old \(oldSize)\n" + proof.map { "\($0.base64)\n" }.joined() + "\n" + note }

  /// - Returns: nil for any text but the one that `text` gives.
  public init?(_ text: String) {
    guard text.utf8.count <= 2 * Note.limit, let cut = text.firstRange(of: "\n\n") else { return nil }
    var lines = text[..<cut.lowerBound].split(separator: "\n", omittingEmptySubsequences: false)[...]
    guard let first = lines.popFirst(), first.hasPrefix("old "), let size = UInt64(first.dropFirst(4)), lines.count < 64 else { return nil }
    var proof: [TreeHash] = []
    for line in lines {
      guard let hash = TreeHash(base64: line) else { return nil }
      proof.append(hash)
    }
    self.init(oldSize: size, proof: proof, note: String(text[cut.upperBound...]))
    guard self.text.utf8.elementsEqual(text.utf8) else { return nil }
  }
}

/// What a witness answers: the statuses of C2SP tlog-witness.
public enum WitnessVerdict: Sendable, Equatable {
  /// It cosigns, once it has written down that it has seen this one.
  case cosigns(Checkpoint)
  case badRequest
  case unknownLog
  case unsigned
  /// It has seen another size; the log asks again from there.
  case conflict(size: UInt64)
  /// Not the same tree.
  case inconsistent
}

/// The rules of a witness. Pure: whoever uses it keeps `last` for each log, and lets nothing come between asking and writing.
///
/// - Parameters:
///   - keys: those of the logs that it knows; several of one name while a log changes its key.
///   - last: the last checkpoint that it cosigned of the log of this name; nil where there is none.
public func witness(
  _ request: WitnessRequest, keys: [NoteVerifier], last: (_ origin: String) throws -> Checkpoint?
) rethrows -> WitnessVerdict {
  guard let note = try? Note(request.note), let checkpoint = Checkpoint(body: note.body[...]) else { return .badRequest }
  let own = keys.filter { $0.name == checkpoint.origin }
  guard !own.isEmpty else { return .unknownLog }
  guard own.contains(where: { (try? $0.check(note)) != nil }) else { return .unsigned }
  guard request.oldSize <= checkpoint.size else { return .badRequest }
  let last = try last(checkpoint.origin)
  guard request.oldSize == last?.size ?? 0 else { return .conflict(size: last?.size ?? 0) }
  guard let last, last.size > 0 else { return request.proof.isEmpty ? .cosigns(checkpoint) : .inconsistent }
  if last.size == checkpoint.size {
    guard last.root == checkpoint.root else { return .conflict(size: last.size) }
    return request.proof.isEmpty ? .cosigns(checkpoint) : .inconsistent
  }
  do throws(ProofError) {
    try verifyConsistency(from: (last.size, last.root), to: (checkpoint.size, checkpoint.root), proof: request.proof)
  } catch { return .inconsistent }
  return .cosigns(checkpoint)
}
