import JSON
import Wire

/// Somebody wants to see one private value of a case, and says what for.
struct RevealAsk: Sendable, Equatable {
  /// As it stands in the case file.
  let token: String
  let code: String
  let words: String

  /// How long a page shows the value before it is hidden again; real time.
  static let seconds: Int64 = 60

  /// Reads `{token, code, words?}`.
  init(_ body: JSON) throws(WireError) {
    let fields = try Fields(body)
    token = try fields.text("token")
    code = fields.optionalText("code") ?? ""
    words = Submission.said(fields.optionalText("words"))
    guard token.utf8.count <= 80, code.utf8.count <= 80, words.unicodeScalars.count <= Submission.mostWords
    else { throw WireError("token, code or words is too long") }
  }
}
