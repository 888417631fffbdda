/// Why a token of the identity provider does not count. The class may be logged; the token never is.
public struct TokenError: Error, Sendable, Equatable, CustomStringConvertible {
  public enum Class: String, Sendable, CaseIterable {
    case size, form, header, critical, algorithm, type
    case keyMissing = "key.missing"
    case keyUnknown = "key.unknown"
    case keyMismatch = "key.mismatch"
    case signature, claims, issuer, audience, party, subject, purpose, nonce, expired
    case notYet = "not_yet"
    case issued, age
    /// It is sound, and the person may not come in.
    case person
    /// The person's access has ended since it was issued.
    case ended
  }

  public let `class`: Class
  /// For people; holds nothing of the token but names of members.
  public let description: String

  public init(_ class: Class, _ description: String) {
    self.class = `class`
    self.description = description
  }
}
