import Foundation
import Host
import HTTPTypes
import Hummingbird
import Identity
import JSON
import Logging
import Wire

/// Who calls an API: by a bearer token of `TOKENS_FILE`, or by a JWT of the identity provider.
public struct AccessTokens: Sendable {
  /// Nil where nobody but holders of listed tokens may call.
  private let provider: Provider?
  private let people: LivePeople
  private let logger: Logger
  /// Until when a subject's tokens are void; nil where they never are.
  private let ended: @Sendable (String) async throws -> Int64?

  public struct Bearer: Sendable {
    public let person: Person
    /// How the person had signed in: `token` for a listed token.
    public let strength: String
    /// Seconds since 1970; nil where the token does not say.
    public let authenticatedAt: Int64?
  }

  /// - Parameter ended: when a subject's access has ended, by back-channel logout for example.
  public init(_ people: LivePeople, provider: Provider?, logger: Logger, ended: @escaping @Sendable (String) async throws -> Int64? = { _ in nil }) {
    self.people = people
    self.provider = provider
    self.logger = logger
    self.ended = ended
  }

  /// - Throws: 401, which says of which class the mistake is; 503 where the provider's keys cannot be had.
  public func bearer(of request: Request) async throws -> Bearer {
    guard let token = request.bearerToken else { throw Self.unauthorized("A bearer token was expected.") }
    if let person = people.now.person(token: token) { return Bearer(person: person, strength: "token", authenticatedAt: nil) }
    guard let provider, let rules = provider.file.accessRules, token.utf8.contains(UInt8(ascii: ".")) else {
      throw Self.unauthorized("The bearer token of a known person was expected.")
    }
    do {
      let claims = try await provider.verify(token, rules, for: .access)
      if let end = try await ended(claims.subject), claims.issuedAt <= end { throw TokenError(.ended, "the person's access has ended since") }
      let person = try provider.file.claims.person(claims, in: people.now)
      return Bearer(person: person, strength: claims.strength, authenticatedAt: claims.authenticatedAt)
    } catch let error as TokenError {
      logger.warning("an access token was refused", metadata: ["class": "\(error.class.rawValue)"])
      throw Self.unauthorized("The token does not count: \(error.description).", error.class.rawValue)
    } catch let error as ProviderError {
      logger.warning("\(error)")
      throw Self.unreachable
    }
  }

  private static func unauthorized(_ detail: String, _ kind: String? = nil) -> Problem {
    Problem(.unauthorized, "unauthorized", detail, more: kind.map { [("class", .string($0))] } ?? [])
  }

  public static var unreachable: Problem {
    var problem = Problem(.serviceUnavailable, "identity.unreachable", "The identity provider cannot be reached now: nobody can be let in, nor decide. Try again in a moment.")
    problem.retryAfter = 10
    return problem
  }
}
