import JSON
import Wire

/// What somebody says beside a task without deciding it: a comment, or the words with a hold, a hand-over, a call for help
/// or a skip.
struct Note: Sendable, Equatable {
  /// The same for the same person, case and idempotency key: said twice, it counts once.
  let id: String
  let code: String
  let words: String
  /// Whom it concerns: the person who is handed the task, or asked for help.
  let to: String
  /// How long a task is held; an hour where nothing is said.
  let minutes: Int64

  static let mostMinutes: Int64 = 240

  /// Reads `{code?, words?, to?, minutes?}`.
  ///
  /// - Parameter idempotency: what the client will send again with the same note; without one, the body itself.
  init(_ body: JSON, caseID: String, person: String, idempotency: String) throws(WireError) {
    let fields = try Fields(body)
    code = fields.optionalText("code") ?? ""
    words = Submission.said(fields.optionalText("words"))
    to = fields.optionalText("to") ?? ""
    minutes = fields.optionalInteger("minutes") ?? 60
    guard code.utf8.count <= 80, words.unicodeScalars.count <= Submission.mostWords, to.utf8.count <= 80, idempotency.utf8.count <= 200
    else { throw WireError("code, words, to or idempotency key is too long") }
    guard (1...Note.mostMinutes).contains(minutes) else { throw WireError("member minutes: 1 to \(Note.mostMinutes) was expected") }
    let name = [caseID, person, idempotency.isEmpty ? body.text : idempotency].joined(separator: "\n")
    id = hex(sha256(name.utf8).prefix(16))
  }
}
