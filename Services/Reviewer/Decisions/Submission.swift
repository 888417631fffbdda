import Identity
import JSON
import Permits
import Wire

/// A decision as a person submits it.
struct Submission: Sendable {
  /// The id of the decision: the same for the same person, case, version and idempotency key.
  let id: String
  let version: Int64
  let view: String
  /// The token of the claim under which it was made; nil where the task was free.
  let fence: Int64?
  let verb: Approval.Verb
  let code: String
  let words: String
  /// Of an edit.
  let action: JSON?
  /// How the person had signed in.
  let strength: String
  /// When, seconds since 1970; nil where nobody says.
  let authenticatedAt: Int64?
  /// The person's own signature under this very decision, and policy's certificate of the key.
  let signature: String?
  let certificate: String?
  /// What the sources of the case say at this moment; nil before anybody has looked.
  var looked: Looked?
  /// What became of cases that say the same, as the edge has found it.
  var precedent: Precedent?

  static let mostWords = 2_000

  /// What somebody said; nothing where there is nothing to be seen of it: a space is no reason.
  static func said(_ text: String?) -> String {
    guard let text, text.unicodeScalars.contains(where: { !$0.properties.isWhitespace && !isOdd($0) }) else { return "" }
    return text
  }

  /// Reads `{version, view, verb, code?, words?, action?, fence?, own?, own_key?}`.
  ///
  /// - Parameter idempotency: what the client will send again with the same decision; without one, the body itself.
  init(_ body: JSON, caseID: String, person: Person, strength: String, authenticatedAt: Int64? = nil, idempotency: String) throws(WireError) {
    let fields = try Fields(body)
    version = try fields.integer("version")
    view = try fields.text("view")
    guard let verb = Approval.Verb(rawValue: try fields.text("verb")) else {
      throw WireError("member verb: approve, edit, reject or escalate was expected")
    }
    self.verb = verb
    fence = fields.optionalInteger("fence")
    code = fields.optionalText("code") ?? ""
    words = Submission.said(fields.optionalText("words"))
    guard code.utf8.count <= 80, words.utf8.count <= 4 * Submission.mostWords, words.unicodeScalars.count <= Submission.mostWords,
      idempotency.utf8.count <= 200
    else { throw WireError("code, words or idempotency key is too long") }
    action = verb == .edit ? fields.optional("action") : nil
    self.strength = strength
    self.authenticatedAt = authenticatedAt
    signature = fields.optionalText("own")
    certificate = fields.optionalText("own_key")
    guard (signature == nil) == (certificate == nil), (signature?.utf8.count ?? 0) <= 4_096, (certificate?.utf8.count ?? 0) <= 4_096 else {
      throw WireError("members own and own_key: the person's signature and the certificate of its key were expected, both or none")
    }
    // What a person signed counts once, however it is sent.
    let signed = try signature.map { signature throws(WireError) in
      guard let id = OwnSignature.id(unverified: signature) else { throw WireError("member own: a signed decision with a jti was expected") }
      return id
    }
    id = Approval.id(of: signed ?? (idempotency.isEmpty ? body.text : idempotency), caseID: caseID, version: version, person: person.full)
  }
}
