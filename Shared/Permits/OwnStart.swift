import JSON
import Wire

/// A person's word, signed with their own key, that automation which was stopped may start again. Policy needs two people's; the reviewer
/// service passes them on and can make neither.
public struct OwnStart: Sendable, Equatable {
  public static let type = "countersign-start+jwt"

  /// `*` is every one.
  public let workflow: String
  /// When it was stopped, microseconds since 1970, as policy tells: it starts nothing that was stopped later.
  public let stopped: Int64
  public let personIssuer: String
  public let person: String
  /// By the clock of the person's device, seconds since 1970.
  public let issuedAt: Int64

  public static func verify(_ token: String, key: PersonKey) throws(JWSError) -> OwnStart {
    let fields = try key.verify(token, type: type)
    guard let workflow = fields.optionalText("workflow"), let stopped = fields.optionalInteger("stopped"), let issuer = fields.optionalText("person_iss"),
      let person = fields.optionalText("sub"), let issued = fields.optionalInteger("iat")
    else { throw JWSError("claims", "workflow, stopped, person_iss, sub and iat were expected") }
    return OwnStart(workflow: workflow, stopped: stopped, personIssuer: issuer, person: person, issuedAt: issued)
  }
}
