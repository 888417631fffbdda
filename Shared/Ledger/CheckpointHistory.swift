/// Notes one after the other, an empty line between them: all checkpoints that a log has signed.
public enum CheckpointHistory {
  /// The whole notes of a text. What follows the last whole one was cut off by a crash and is left alone.
  ///
  /// - Returns: the notes, and how many bytes they take.
  public static func notes(_ text: some StringProtocol) -> (notes: [String], length: Int) {
    var notes: [String] = []
    var length = 0
    var parts = text.split(separator: "\n\n", omittingEmptySubsequences: false)[...]
    // Body, signatures, body, signatures, …, and what follows the last empty line.
    while parts.count >= 3 {
      let note = parts.prefix(2).joined(separator: "\n\n") + "\n"
      length += note.utf8.count + 1
      notes.append(note)
      parts = parts.dropFirst(2)
    }
    return (notes, length)
  }

  public static func text(_ notes: [String]) -> String { notes.map { $0 + "\n" }.joined() }
}
