import HTTPTypes
import Host
import Hummingbird
import Identity
import SignOn
import Wire

/// The ways in: bearer tokens for programs, the demo's cookie or the provider's sessions for browsers.
struct Doors: Sendable {
  let people: LivePeople
  let tokens: AccessTokens
  /// The marks of forms, and the cookies of the demo.
  let sessions: Sessions
  let isDemo: Bool
  /// Nil where there is no provider.
  let keeper: SessionKeeper?

  var table: [Access] { Access.table.filter { entry($0.method, $0.path) != nil && ($0.mode == .always || $0.mode == (isDemo ? .demo : .provider)) } }

  func entry(_ method: HTTPRequest.Method, _ path: String) -> Access? {
    Access.entry(method, path, demo: isDemo, provider: keeper != nil)
  }

  /// - Throws: 401, 503.
  func bearer(_ request: Request) async throws -> Visitor {
    let bearer = try await tokens.bearer(of: request)
    return Visitor(person: bearer.person, strength: bearer.strength, authenticatedAt: bearer.authenticatedAt)
  }

  /// Whose session a browser shows; nil where there is none. - Throws: 503.
  func visitor(_ request: Request) async throws -> Visitor? {
    guard let cookie = request.cookies[sessions.cookieName]?.value else { return nil }
    if let keeper { return try await keeper.caller(cookie: cookie) }
    guard isDemo, let session = sessions.session(cookie: cookie, now: .now, people.now) else { return nil }
    return Visitor(person: session.person, strength: "demo", authenticatedAt: session.since, cookie: cookie)
  }
}
