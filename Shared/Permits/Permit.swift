import JSON
import Wire

/// SHA-256 of the RFC 8785 form of an action, hex (claim `act`).
public func actionHash(_ action: JSON) -> String { hex(sha256(action.canonical)) }

/// The id of an effect (claim `eff`): the same for the same action of the same case under the same decisions, however
/// often its permit is issued. SHA-256 of the RFC 8785 form of `{"act","case","decisions"}`, hex.
public func effectID(action: String, caseID: String, decisions: [String]) -> String {
  let sorted = decisions.sorted { $0.precedesInCanonicalOrder($1) }
  let parts: JSON = ["act": .string(action), "case": .string(caseID), "decisions": .array(sorted.map { .string($0) })]
  return hex(sha256(parts.canonical))
}

/// What the target must look like for a permit to hold (claim `pre`): SHA-256 over the salt and the RFC 8785 form of the
/// state as its source returned it, hex.
public func preconditionDigest(_ state: JSON, salt: [UInt8]) -> String { hex(sha256(salt + state.canonical)) }

/// Which services hold the values behind an action's tokens (claim `hld`): SHA-256 of the RFC 8785 form of the record's
/// member `holders`, hex. An executor shows the permit to no other address.
public func holdersHash(_ holders: JSON) -> String { hex(sha256(holders.canonical)) }

/// The right to perform one action once. Issued by policy alone, as a compact JWS.
public struct Permit: Sendable, Equatable {
  public static let type = "countersign-permit+jwt"
  public static let issuer = "countersign.policy"

  public let id: String
  public let effect: String
  public let action: String
  public let caseID: String
  public let workflow: String
  public let route: String
  public let bundle: String
  /// The executor that may act, and only it.
  public let audience: String
  public let pre: String?
  public let salt: String?
  /// See `holdersHash`; nil in a permit of before.
  public let holders: String?
  /// Each approval as the reviewer signed it; empty on the automatic route.
  public let approvals: [String]
  /// The grant (`GlassGrant`) that took the place of approvals which are missing; nil where none are. An executor may refuse it.
  public let glass: String?
  /// Seconds since 1970.
  public let issuedAt: Int64
  public let expiresAt: Int64

  public init(
    id: String, effect: String, action: String, caseID: String, workflow: String, route: String, bundle: String,
    audience: String, pre: String?, salt: String?, holders: String? = nil, approvals: [String], glass: String? = nil,
    issuedAt: Int64, expiresAt: Int64
  ) {
    self.glass = glass
    self.id = id
    self.effect = effect
    self.action = action
    self.caseID = caseID
    self.workflow = workflow
    self.route = route
    self.bundle = bundle
    self.audience = audience
    self.pre = pre
    self.salt = salt
    self.holders = holders
    self.approvals = approvals
    self.issuedAt = issuedAt
    self.expiresAt = expiresAt
  }

  public var claims: JSON {
    var object = JSONObject([
      ("iss", .string(Permit.issuer)), ("aud", .string(audience)), ("jti", .string(id)), ("iat", .integer(issuedAt)),
      ("exp", .integer(expiresAt)), ("eff", .string(effect)), ("act", .string(action)), ("case", .string(caseID)),
      ("workflow", .string(workflow)), ("route", .string(route)), ("bundle", .string(bundle)),
      ("approvals", .array(approvals.map { .string($0) })),
    ])
    object["pre"] = pre.map { .string($0) }
    object["salt"] = salt.map { .string($0) }
    object["hld"] = holders.map { .string($0) }
    object["glass"] = glass.map { .string($0) }
    return .object(object)
  }

  public init(_ fields: Fields) throws(WireError) {
    self.init(
      id: try fields.text("jti"), effect: try fields.text("eff"), action: try fields.text("act"),
      caseID: try fields.text("case"), workflow: try fields.text("workflow"), route: try fields.text("route"),
      bundle: try fields.text("bundle"), audience: try fields.text("aud"), pre: fields.optionalText("pre"),
      salt: fields.optionalText("salt"), holders: fields.optionalText("hld"), approvals: try fields.texts("approvals"),
      glass: fields.optionalText("glass"), issuedAt: try fields.integer("iat"), expiresAt: try fields.integer("exp"))
  }

  /// Verifies a permit's signature, type, issuer and time. - Parameter now: seconds since 1970; 60 s of skew are allowed.
  public static func verify(_ token: String, keys: KeySet, now: Int64) throws(JWSError) -> Permit {
    let fields = try keys.verify(token, type: type)
    guard fields.optionalText("iss") == issuer, let permit = try? Permit(fields) else {
      throw JWSError("claims", "the claims of a permit were expected")
    }
    guard now <= permit.expiresAt + 60 else { throw JWSError("expired", "the permit ended at \(permit.expiresAt)") }
    guard permit.issuedAt <= now + 60 else { throw JWSError("claims", "the permit is of the future") }
    return permit
  }
}
