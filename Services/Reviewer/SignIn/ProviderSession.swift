import Identity
import JSON
import Wire

/// Somebody who has signed in by the identity provider.
struct ProviderSession: Sendable {
  /// SHA-256 of what the cookie holds, hex: whoever reads the database learns no cookie.
  let id: String
  /// The person's id here.
  let person: String
  let subject: String
  /// The provider's session; empty where it names none.
  let sid: String
  let until: Instant
  /// When the provider has last said that all is well.
  var checked: Instant
  /// When it was last asked.
  var tried: Instant
  var refresh: String
  /// For the end of the provider's session.
  var identity: String
  /// What the provider last said of the person, and how the person had signed in.
  var claims: TokenClaims
  /// Of the browser's own key; nil where the sign-in was begun without one.
  var proof: KeyProof? = nil

  static let seconds: Double = 8 * 3600
  /// The provider is asked again after so many seconds of use; a minute is the most that an ended access may last.
  static let checkSeconds: Double = 30
  static let freshSeconds: Double = 60
  /// How long people may read while the provider is away.
  static let readingSeconds: Double = 300

  var secrets: JSON { ["refresh": .string(refresh), "identity": .string(identity), "claims": claims.json, "proof": proof?.json ?? .null] }
}
