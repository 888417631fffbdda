import JSON
import Wire

/// The header of a compact JWS, read before anything else of a token is looked at.
public struct TokenHeader: Sendable {
  public let algorithm: TokenAlgorithm
  public let key: String
  let type: String?
  let signed: [UInt8]
  let claims: [UInt8]
  let signature: [UInt8]

  public static let mostBytes = 16 * 1024

  /// - Throws: `TokenError` for what no key could make good.
  public init(_ token: String, allowed: Set<TokenAlgorithm>) throws(TokenError) {
    guard token.utf8.count <= Self.mostBytes else { throw TokenError(.size, "a token of at most 16 KiB was expected") }
    let parts = token.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard parts.count == 3, let head = bytes(base64url: parts[0]), let claims = bytes(base64url: parts[1]),
      let signature = bytes(base64url: parts[2]), !head.isEmpty, !claims.isEmpty
    else { throw TokenError(.form, "three parts in base64url were expected") }
    // Duplicate members are refused by the parser: whoever reads the first and whoever reads the last would differ.
    guard let header = try? JSON.parse(head), header.object != nil else { throw TokenError(.header, "the header is no JSON object") }
    guard let named = header["alg"]?.string, let algorithm = TokenAlgorithm(rawValue: named), allowed.contains(algorithm) else {
      throw TokenError(.algorithm, "alg \(allowed.map(\.rawValue).sorted().joined(separator: ", ")) was expected")
    }
    guard header["crit"] == nil else { throw TokenError(.critical, "the header names extensions that are not known here") }
    for member in ["jku", "jwk", "x5u", "x5c", "zip", "enc", "cty", "b64"] where header[member] != nil {
      throw TokenError(.header, "the header has \(member): keys come from the provider alone, and tokens are not nested")
    }
    if let type = header["typ"], type.string == nil { throw TokenError(.type, "typ must be text") }
    guard let key = header["kid"]?.string, !key.isEmpty, key.utf8.count <= 200 else { throw TokenError(.keyMissing, "kid was expected") }
    self.algorithm = algorithm
    self.key = key
    type = header["typ"]?.string?.lowercased()
    signed = Array(token.utf8.prefix(parts[0].count + 1 + parts[1].count))
    self.claims = claims
    self.signature = signature
  }
}
