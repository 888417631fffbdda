import Host
import Hummingbird
import Identity
import JSON
import Lanes
import Permits
import SignOn
import Wire

/// Who a person's own key belongs to: only what nobody else can show counts, above all not the reviewer service's word.
struct Registering: Sendable {
  let tokens: AccessTokens
  let people: LivePeople
  /// Nil where nobody signs in by an identity provider.
  let provider: Provider?

  /// An ID token says whose key it is so long after it was issued.
  static let proofSeconds: Int64 = 600

  /// The person, and by what they showed it.
  ///
  /// - The body's `identity` is an ID token whose nonce is `PersonKey.nonce` of this very key and the body's `salt`: the provider
  ///   signed, for this person, that the sign-in was begun with this key.
  /// - Without one, the request's bearer token says who asks.
  /// - Throws: 401, 403, 503.
  func owner(of key: PersonKey, _ body: JSON, _ request: Request) async throws -> (person: Person, proof: String) {
    guard let identity = body["identity"] else { return (try await tokens.bearer(of: request).person, "token") }
    guard let token = identity.string, let salt = body["salt"]?.string, (16...200).contains(salt.utf8.count) else {
      throw Problem(.badRequest, "body", "The members identity (an ID token) and salt were expected.")
    }
    guard let provider else {
      throw Problem(.forbidden, "key.proof", "Policy knows no identity provider (IDENTITY): only a bearer token shows whose key it is.")
    }
    do {
      let claims = try await provider.verify(token, provider.file.clientRules, for: .identity(nonce: PersonKey.nonce(of: key.id, salt: salt)))
      guard Instant.now.unixSeconds - claims.issuedAt <= Self.proofSeconds else {
        throw TokenError(.age, "it is older than \(Self.proofSeconds / 60) minutes: sign in again")
      }
      return (try provider.file.claims.person(claims, in: people.now), "sign-in")
    } catch let error as TokenError {
      throw Problem(.forbidden, "key.proof", "The ID token does not make this key yours: \(error.description).", more: [("class", .string(error.class.rawValue))])
    } catch is ProviderError { throw AccessTokens.unreachable }
  }
}
