import Crypto
import Foundation
import HTTPTypes
import Host
import Hummingbird
import Identity
import Logging
import SignOn
import Wire

/// Signing in and out by the identity provider: OpenID Connect's code flow with PKCE, and both ways of logging out.
struct ProviderRoutes: Sendable {
  let keeper: SessionKeeper
  let sessions: Sessions
  let publicURL: String
  let pages: PageRoutes
  let logger: Logger
  private let box: SecretBox

  private var provider: Provider { keeper.provider }
  private var redirect: String { "\(publicURL)/sign-in/callback" }

  init(keeper: SessionKeeper, sessions: Sessions, publicURL: String, seed: [UInt8], pages: PageRoutes, logger: Logger) {
    self.keeper = keeper
    self.sessions = sessions
    self.publicURL = publicURL
    self.pages = pages
    self.logger = logger
    box = SecretBox(seed: seed, for: "sign-in")
  }

  func add(to router: Router<BasicRequestContext>) {
    router.get("/sign-in") { request, _ in try await begin(request) }
    router.get("/sign-in/callback") { request, _ in
      do { return try await finish(request) } catch { return failed(error) }
    }
    router.post("/sign-out") { request, _ in
      let (visitor, _) = try await pages.posted(request)
      let place = await endSession(cookie: visitor.cookie)
      try await keeper.shelf.close(SessionShelf.id(ofName: visitor.cookie))
      var response = pages.signedOut(to: place)
      response.headers[.setCookie] = sessions.providerCookie("")
      return response
    }
    router.post("/back-channel-logout") { request, _ in try await logout(request) }
  }

  private func begin(_ request: Request) async throws -> Response {
    let query = request.uri.queryParameters
    let flow = SignInFlow(to: query["to"].map(String.init) ?? "/", isFresh: query["fresh"] == "1", key: query["key"].map(String.init) ?? "", now: .now)
    var members = [
      ("response_type", "code"), ("client_id", provider.file.clientID), ("redirect_uri", redirect),
      ("scope", provider.file.scopes.joined(separator: " ")), ("state", flow.state), ("nonce", flow.sentNonce),
      ("code_challenge", flow.challenge), ("code_challenge_method", "S256"),
    ]
    if flow.isFresh { members += [("prompt", "login"), ("max_age", "0")] }
    let metadata: ProviderMetadata
    do throws(ProviderError) { metadata = try await provider.discovered() } catch { return failed(error) }
    var response = Layout.redirect("\(metadata.authorization)\(metadata.authorization.contains("?") ? "&" : "?")\(formText(members))")
    response.headers[.setCookie] = sessions.flowCookie(try flow.sealed(in: box))
    return response
  }

  /// The provider has sent the browser back.
  private func finish(_ request: Request) async throws -> Response {
    let query = request.uri.queryParameters
    guard let cookie = request.cookies[sessions.flowName]?.value, let flow = SignInFlow(cookie, in: box, now: .now) else {
      throw Problem(.badRequest, "sign_in.flow", "This browser has begun no sign-in, or did more than ten minutes ago. Please begin anew.")
    }
    guard let state = query["state"], state.utf8.elementsEqual(flow.state.utf8) else {
      throw Problem(.badRequest, "sign_in.state", "The answer is of another sign-in. Please begin anew.")
    }
    // RFC 9207: another provider's answer must not be taken for this one's.
    if let issuer = query["iss"], !issuer.utf8.elementsEqual(provider.file.issuer.utf8) {
      throw Problem(.badRequest, "sign_in.issuer", "The answer is another provider's.")
    }
    guard let code = query["code"], query["error"] == nil else {
      throw Problem(.forbidden, "sign_in.denied", "The identity provider did not let you in.")
    }
    let tokens = try await provider.exchange(code: String(code), verifier: flow.verifier, redirect: redirect)
    guard tokens.identity != nil else { throw ProviderError.wrong("an ID token was expected") }
    guard let refresh = tokens.refresh else {
      throw ProviderError.wrong("it gave no refresh token, so that nobody could learn of the end of an access: allow them for \(provider.file.clientID)")
    }
    let claims = try await keeper.claims(tokens, of: nil, nonce: flow.sentNonce, before: nil)
    let person = try provider.file.claims.person(claims, in: keeper.directory.now)
    let now = Instant.now
    if flow.isFresh {
      guard let at = claims.authenticatedAt, at >= flow.began.unixSeconds - TokenRules.skew else {
        throw Problem(.forbidden, "sign_in.old", "The identity provider did not ask you who you are, though that was needed.")
      }
    }
    // A new name for each sign-in: one that somebody has put into this browser before leads nowhere.
    if let old = request.cookies[sessions.cookieName]?.value { try await keeper.shelf.close(SessionShelf.id(ofName: old)) }
    let name = SessionShelf.newName()
    try await keeper.shelf.keep(
      ProviderSession(
        id: SessionShelf.id(ofName: name), person: person.id, subject: claims.subject, sid: claims.session ?? "",
        until: now.adding(seconds: ProviderSession.seconds), checked: now, tried: now, refresh: refresh, identity: tokens.identity ?? "", claims: claims,
        proof: flow.key.isEmpty ? nil : KeyProof(key: flow.key, salt: flow.nonce, identity: tokens.identity ?? "")))
    logger.info("signed in", metadata: ["person": "\(person.id)", "strength": "\(claims.strength)"])
    var response = Layout.redirect(flow.to)
    response.headers[values: .setCookie] = [sessions.providerCookie(name), sessions.flowCookie("")]
    return response
  }

  private func failed(_ error: any Error) -> Response {
    let problem: Problem
    switch error {
    case let error as TokenError:
      logger.warning("a sign-in was refused", metadata: ["class": "\(error.class.rawValue)"])
      problem = Problem(.forbidden, "sign_in.token", "You could not be signed in: \(error.description).")
    case ProviderError.refused(let code):
      logger.warning("a sign-in was refused", metadata: ["class": "\(code.prefix(40))"])
      problem = Problem(.badRequest, "sign_in.code", "The identity provider does not take this answer (any more). Please begin anew.")
    case let error as ProviderError:
      logger.error("\(error)")
      problem = AccessTokens.unreachable
    default: problem = Problem(error)
    }
    if problem.status == .internalServerError { logger.error("\(error)") }
    var response = pages.failed(problem)
    response.headers[.setCookie] = sessions.flowCookie("")
    return response
  }

  /// OpenID Connect Back-Channel Logout: the provider says, signed, that somebody is not signed in any more.
  private func logout(_ request: Request) async throws -> Response {
    let form = Form(try await request.bytes(upTo: 64 << 10))
    do {
      let claims = try await provider.verify(form["logout_token"] ?? "", provider.file.clientRules, for: .logout)
      let subject = claims.subject.isEmpty ? nil : claims.subject
      let closed = try await keeper.shelf.close(sid: claims.session, subject: subject)
      for subject in Set(closed.map(\.subject)).union(subject.map { [$0] } ?? []) {
        try await keeper.shelf.end(subject, at: .now)
      }
      for session in closed {
        if let person = try? provider.file.claims.person(session.claims, in: keeper.directory.now) { await keeper.ending.free(person) }
      }
      logger.notice("signed out by the identity provider", metadata: ["sessions": "\(closed.count)"])
      return Response(status: .ok, headers: [.cacheControl: "no-store"])
    } catch let error as TokenError {
      logger.warning("a logout token was refused", metadata: ["class": "\(error.class.rawValue)"])
      throw Problem(.badRequest, "logout_token", "The logout token does not count: \(error.description).")
    } catch is ProviderError { throw AccessTokens.unreachable }
  }

  /// Where the provider's own session is ended; nil where it has no such place.
  private func endSession(cookie: String) async -> String? {
    guard let session = try? await keeper.shelf.find(SessionShelf.id(ofName: cookie)), let place = try? await provider.discovered().endSession else { return nil }
    let members = [("id_token_hint", session.identity), ("client_id", provider.file.clientID), ("post_logout_redirect_uri", "\(publicURL)/")]
    return "\(place)\(place.contains("?") ? "&" : "?")\(formText(members))"
  }
}
