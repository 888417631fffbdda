import JSON
import Wire

/// A person's word, signed with their own key, that they break the glass for one case: why, under which ticket and for how long. The
/// reviewer service cannot make it.
public struct OwnGlass: Sendable, Equatable {
  public static let type = "countersign-glass+jwt"

  /// Made by whoever signs, once for each grant.
  public let id: String
  public let caseID: String
  public let reason: String
  public let ticket: String
  public let minutes: Int64
  public let personIssuer: String
  public let person: String
  /// By the clock of the person's device, seconds since 1970.
  public let issuedAt: Int64

  public static func verify(_ token: String, key: PersonKey) throws(JWSError) -> OwnGlass {
    let fields = try key.verify(token, type: type)
    do throws(WireError) { return try OwnGlass(fields) } catch { throw JWSError("claims", error.description) }
  }

  /// The id of what was signed, unverified; nil for what is no such signature.
  public static func id(unverified token: String) -> String? {
    unverifiedClaims(of: token)?["jti"]?.string.flatMap { isID($0) ? $0 : nil }
  }

  private init(_ fields: Fields) throws(WireError) {
    id = try fields.text("jti")
    guard OwnGlass.isID(id) else { throw WireError("member jti: 16 to 128 bytes were expected") }
    caseID = try fields.text("case")
    reason = try fields.text("reason")
    ticket = try fields.text("ticket")
    minutes = try fields.integer("minutes")
    personIssuer = try fields.text("person_iss")
    person = try fields.text("sub")
    issuedAt = try fields.integer("iat")
  }

  private static func isID(_ text: String) -> Bool { (16...128).contains(text.utf8.count) }
}
