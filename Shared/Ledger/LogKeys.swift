/// One key of a log follows another: both say so, of the tree as it stood then.
///
/// A note of six lines: `countersign.key-change/v1`, the log's name, size, root, the key that ends, the key that follows. A checkpoint's second
/// line is a number, so that neither can be taken for the other.
public struct KeyChange: Sendable, Equatable {
  static let title = "countersign.key-change/v1"
  public let size: UInt64
  public let root: TreeHash
  public let old: NoteVerifier
  public let new: NoteVerifier

  public init(size: UInt64, root: TreeHash, old: NoteVerifier, new: NoteVerifier) {
    self.size = size
    self.root = root
    self.old = old
    self.new = new
  }

  public var body: String { "\(Self.title)\n\(old.name)\n\(size)\n\(root.base64)\n\(old.text)\n\(new.text)\n" }

  /// The note that both keys have signed.
  public func sign(_ oldKey: NoteSigner, _ newKey: NoteSigner) throws(NoteError) -> String {
    Note(body: body, signatures: [try oldKey.signature(of: body), try newKey.signature(of: body)]).text
  }

  /// - Throws: where it is no such note, or not signed by both.
  public init(_ text: String) throws(NoteError) {
    let note = try Note(text)
    let lines = note.body.split(separator: "\n", omittingEmptySubsequences: false)
    guard lines.count == 7, lines[0] == Self.title, let size = UInt64(lines[2]), let root = TreeHash(base64: lines[3]) else {
      throw .malformed
    }
    self.init(size: size, root: root, old: try NoteVerifier(String(lines[4])), new: try NoteVerifier(String(lines[5])))
    guard body.utf8.elementsEqual(note.body.utf8), old.name == new.name else { throw .malformed }
    try old.check(note)
    try new.check(note)
  }
}

/// Whose checkpoints of a log count, and up to which size: keys that somebody trusts, and those that follow from them by changes of keys.
public struct LogKeys: Sendable {
  public struct Span: Sendable, Equatable {
    public let key: NoteVerifier
    public let from: UInt64
    /// Nil while no other key has followed.
    public let through: UInt64?
  }
  public let spans: [Span]

  /// - Parameters:
  ///   - trusted: keys that were learned by a way of their own.
  ///   - changes: notes as `KeyChange` writes them; those that concern no key that counts are left alone.
  /// - Throws: where a change is not signed by both of its keys, or one key was followed by two.
  public init(trusted: [NoteVerifier], changes: [String] = []) throws(NoteError) {
    var known: [KeyChange] = []
    for text in changes {
      let change = try KeyChange(text)
      if !known.contains(change) { known.append(change) }
    }
    for change in known where known.contains(where: { $0.old == change.old && $0 != change }) { throw .malformed }
    var keys = trusted
    // Back to the keys that were followed by a trusted one, and on to those that followed it; never back and then on.
    var before = trusted, after = trusted
    while let change = known.first(where: { change in before.contains(change.new) && !keys.contains(change.old) }) {
      keys.append(change.old)
      before.append(change.old)
    }
    while let change = known.first(where: { change in after.contains(change.old) && !keys.contains(change.new) }) {
      keys.append(change.new)
      after.append(change.new)
    }
    spans = keys.map { key in
      Span(key: key, from: known.first { $0.new == key }?.size ?? 0, through: known.first { $0.old == key }?.size)
    }
  }

  public init(_ verifier: NoteVerifier) { spans = [Span(key: verifier, from: 0, through: nil)] }

  /// The checkpoint of a note that one of the keys has signed, within its time.
  public func open(_ text: String) throws(NoteError) -> Checkpoint {
    let note = try Note(text)
    guard let checkpoint = Checkpoint(body: note.body[...]) else { throw .malformed }
    var ended: UInt64?
    for span in spans {
      do throws(NoteError) { try span.key.check(note) } catch {
        if error == .badSignature { throw error }
        continue
      }
      guard checkpoint.size >= span.from else { continue }
      if let through = span.through, checkpoint.size > through {
        ended = through
        continue
      }
      return checkpoint
    }
    if let ended { throw .keyEnded(at: ended) }
    throw .unsigned
  }

  /// The same for a note that is no checkpoint, made when the tree had `size` leaves.
  public func check(_ note: Note, size: UInt64) throws(NoteError) {
    var ended: UInt64?
    for span in spans {
      do throws(NoteError) { try span.key.check(note) } catch {
        if error == .badSignature { throw error }
        continue
      }
      if let through = span.through, size > through {
        ended = through
        continue
      }
      return
    }
    if let ended { throw .keyEnded(at: ended) }
    throw .unsigned
  }
}
