import JSON
import Wire

/// The three parts of a compact JSON Web Signature (RFC 7515, section 7.1). Nothing is verified.
struct CompactJWS {
  let header: JSON
  let claims: [UInt8]
  let signature: [UInt8]
  /// What the signature is of.
  let signed: [UInt8]

  init(_ token: String) throws(JWSError) {
    let parts = CompactJWS.parts(token)
    guard parts.count == 3, let head = bytes(base64url: parts[0]), let claims = bytes(base64url: parts[1]),
      let signature = bytes(base64url: parts[2]), let header = try? JSON.parse(head)
    else { throw JWSError("malformed", "three parts in base64url were expected") }
    (self.header, self.claims, self.signature) = (header, claims, signature)
    signed = Array(token.utf8.prefix(parts[0].count + 1 + parts[1].count))
  }

  func fields(_ limits: JSONLimits = JSONLimits()) throws(JWSError) -> Fields {
    guard let json = try? JSON.parse(claims, limits: limits), let fields = try? Fields(json) else {
      throw JWSError("malformed", "the claims are no JSON object")
    }
    return fields
  }

  fileprivate static func parts(_ token: String) -> [Substring.UTF8View.SubSequence] {
    token.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
  }
}

/// What a token claims, for whoever does not have to believe it: nothing is verified. Nil for what is no compact JWS.
public func unverifiedClaims(of token: String, limits: JSONLimits = JSONLimits()) -> JSON? {
  let parts = CompactJWS.parts(token)
  guard parts.count == 3, let claims = bytes(base64url: parts[1]) else { return nil }
  return try? JSON.parse(claims, limits: limits)
}
