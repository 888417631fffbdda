import JSON
import Wire

/// A person's decision, as the reviewer service signed it. Travels into the permit.
public struct Approval: Sendable, Equatable {
  public static let type = "countersign-approval+jwt"
  public static let issuer = "countersign.reviewer"

  public enum Verb: String, Sendable, CaseIterable { case approve, edit, reject, escalate }

  /// The decision's id; a decision counts once.
  public let id: String
  public let caseID: String
  /// The version of the review request that the person saw.
  public let version: Int64
  public let verb: Verb
  /// Hash of the action that is approved; after an edit, of the edited one. Empty where the workflow declares none.
  public let action: String
  /// Hash of what was rendered.
  public let view: String
  /// The person: who vouches for the name, and the name.
  public let personIssuer: String
  public let person: String
  /// The groups that the person was in.
  public let groups: [String]
  /// How the person had signed in: `demo`, `pwd`, `mfa`, …
  public let strength: String
  /// When the person had last shown who they are, seconds since 1970; nil where nobody says.
  public let authenticatedAt: Int64?
  /// The human being behind the account as the reviewer knows it; nil in decisions of before. Policy believes its own directory.
  public let human: String?
  public let code: String
  public let words: String
  /// When it was decided, and until when it counts; seconds since 1970.
  public let issuedAt: Int64
  public let expiresAt: Int64
  /// The person's own signature (`OwnSignature`), and policy's certificate of the key (`KeyCertificate`); nil where they gave none.
  public let signature: String?
  public let certificate: String?

  public init(
    id: String, caseID: String, version: Int64, verb: Verb, action: String, view: String, personIssuer: String,
    person: String, groups: [String], strength: String, code: String, words: String, issuedAt: Int64, expiresAt: Int64,
    authenticatedAt: Int64? = nil, human: String? = nil, signature: String? = nil, certificate: String? = nil
  ) {
    self.signature = signature
    self.certificate = certificate
    self.id = id
    self.caseID = caseID
    self.version = version
    self.verb = verb
    self.action = action
    self.view = view
    self.personIssuer = personIssuer
    self.person = person
    self.groups = groups
    self.strength = strength
    self.code = code
    self.words = words
    self.issuedAt = issuedAt
    self.expiresAt = expiresAt
    self.authenticatedAt = authenticatedAt
    self.human = human
  }

  public var claims: JSON {
    let members: JSON = [
      "iss": .string(Approval.issuer), "jti": .string(id), "case": .string(caseID), "version": .integer(version),
      "verb": .string(verb.rawValue), "act": .string(action), "view": .string(view), "person_iss": .string(personIssuer),
      "sub": .string(person), "groups": .array(groups.map { .string($0) }), "amr": .string(strength),
      "code": .string(code), "words": .string(words), "iat": .integer(issuedAt), "exp": .integer(expiresAt),
    ]
    var object = members.object ?? JSONObject()
    object["auth_time"] = authenticatedAt.map { .integer($0) }
    object["person_claim"] = human.map { .string($0) }
    object["own"] = signature.map { .string($0) }
    object["own_key"] = certificate.map { .string($0) }
    return .object(object)
  }

  public init(_ fields: Fields) throws(WireError) {
    guard let verb = Verb(rawValue: try fields.text("verb")) else { throw WireError("member verb is unknown") }
    self.init(
      id: try fields.text("jti"), caseID: try fields.text("case"), version: try fields.integer("version"), verb: verb,
      action: try fields.text("act"), view: try fields.text("view"), personIssuer: try fields.text("person_iss"),
      person: try fields.text("sub"), groups: try fields.texts("groups"), strength: try fields.text("amr"),
      code: try fields.text("code"), words: try fields.text("words"), issuedAt: try fields.integer("iat"),
      expiresAt: try fields.integer("exp"), authenticatedAt: fields.optionalInteger("auth_time"), human: fields.optionalText("person_claim"),
      signature: fields.optionalText("own"), certificate: fields.optionalText("own_key"))
  }

  /// Verifies signature, type and issuer. Whether it suffices, and is in time, is policy's to say.
  public static func verify(_ token: String, keys: KeySet) throws(JWSError) -> Approval {
    let fields = try keys.verify(token, type: type)
    guard fields.optionalText("iss") == issuer, let approval = try? Approval(fields) else {
      throw JWSError("claims", "the claims of an approval were expected")
    }
    return approval
  }
}

/// What an executor answers, signed with the key that `sources.yaml` registers for it.
public struct ExecutorAnswer: Sendable, Equatable {
  public static let type = "countersign-execution+jwt"
  public let effect: String
  public let permit: String
  public let caseID: String
  public let status: String
  public let reason: String
  public let beforeDigest: String?
  public let afterDigest: String?

  public static func verify(_ token: String, keys: KeySet) throws(JWSError) -> ExecutorAnswer {
    let fields = try keys.verify(token, type: type)
    guard let effect = fields.optionalText("eff"), let permit = fields.optionalText("jti"),
      let caseID = fields.optionalText("case"), let status = fields.optionalText("status")
    else { throw JWSError("claims", "eff, jti, case and status were expected") }
    return ExecutorAnswer(
      effect: effect, permit: permit, caseID: caseID, status: status, reason: fields.optionalText("reason") ?? "",
      beforeDigest: fields.optionalText("before_digest"), afterDigest: fields.optionalText("after_digest"))
  }
}
