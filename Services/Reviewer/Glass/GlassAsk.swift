import JSON
import Permits
import Wire

/// What somebody says who breaks the glass.
struct GlassAsk: Sendable {
  let reason: String
  let ticket: String
  let minutes: Int64?
  /// How and when the person had shown who they are, seconds since 1970.
  let strength: String
  let authenticatedAt: Int64
  /// The person's own signature under it, and policy's certificate of the key.
  let signature: String?
  let certificate: String?

  /// Reads `{reason, ticket, minutes?, own, own_key}`.
  init(_ body: JSON, strength: String, authenticatedAt: Int64) throws(WireError) {
    let fields = try Fields(body)
    reason = fields.optionalText("reason") ?? ""
    ticket = fields.optionalText("ticket") ?? ""
    minutes = fields.optionalInteger("minutes")
    (self.strength, self.authenticatedAt) = (strength, authenticatedAt)
    signature = fields.optionalText("own")
    certificate = fields.optionalText("own_key")
    guard reason.unicodeScalars.count <= GlassGrant.mostReason, ticket.unicodeScalars.count <= GlassGrant.mostTicket else {
      throw WireError("at most \(GlassGrant.mostReason) characters of reason and \(GlassGrant.mostTicket) of ticket were expected")
    }
    guard (signature?.utf8.count ?? 0) <= 8_192, (certificate?.utf8.count ?? 0) <= 4_096 else { throw WireError("own or own_key is too long") }
  }
}
