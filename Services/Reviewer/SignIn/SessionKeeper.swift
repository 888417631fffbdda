import Host
import Identity
import JSON
import Logging
import SignOn
import Wire

/// Asks the provider again and again whether the people who have signed in may still be here (ruling 35).
///
/// - After 30 s of use the provider is asked, by the refresh token; what it refuses ends the session.
/// - While it cannot be reached, people decide until a minute after it has last agreed and read until five.
/// - A group that the claims do not name any more is gone with the same answer, and what was decided in it and is not released
///   is taken back.
struct SessionKeeper: Sendable {
  let provider: Provider
  let shelf: SessionShelf
  let directory: LivePeople
  let ending: AccessEnding
  let logger: Logger

  /// Who holds a cookie; nil for a session that is not ours or has ended.
  ///
  /// - Throws: 503 while the provider has been away for too long.
  func caller(cookie: String, now: Instant = .now) async throws -> Visitor? {
    guard cookie.utf8.count == 43, var session = try await shelf.find(SessionShelf.id(ofName: cookie)) else { return nil }
    guard now < session.until else {
      try await shelf.close(session.id)
      return nil
    }
    if now.seconds(since: session.checked) >= ProviderSession.checkSeconds {
      guard let checked = try await check(session, now: now) else { return nil }
      session = checked
    }
    let age = Instant.now.seconds(since: session.checked)
    guard age <= ProviderSession.readingSeconds else { throw AccessTokens.unreachable }
    guard let person = try? provider.file.claims.person(session.claims, in: directory.now) else { return nil }
    return Visitor(
      person: person, strength: session.claims.strength, authenticatedAt: session.claims.authenticatedAt,
      isReadOnly: age > ProviderSession.freshSeconds, cookie: cookie)
  }

  /// Asks about people who hold tasks and whose pages are closed, until it is cancelled.
  func sweep() async {
    while !Task.isCancelled {
      try? await Task.sleep(for: .seconds(10))
      for session in (try? await shelf.holders(uncheckedSince: Instant.now.adding(seconds: -ProviderSession.checkSeconds))) ?? [] {
        _ = try? await check(session, now: .now)
      }
    }
  }

  /// The session as the provider confirms it, or as it was where the provider does not answer; nil where it has ended.
  private func check(_ session: ProviderSession, now: Instant) async throws -> ProviderSession? {
    guard try await shelf.mayAsk(session.id, now: now) else { return try await awaited(session) }
    let before = try? provider.file.claims.person(session.claims, in: directory.now)
    do {
      let tokens = try await provider.refresh(session.refresh)
      var checked = session
      checked.claims = try await claims(tokens, of: session.subject, nonce: nil, before: session.claims)
      (checked.checked, checked.tried) = (now, now)
      checked.refresh = tokens.refresh ?? session.refresh
      checked.identity = tokens.identity ?? session.identity
      let person = try provider.file.claims.person(checked.claims, in: directory.now)
      guard person.id == session.person else { throw TokenError(.person, "the account is somebody else's now") }
      guard try await shelf.renew(checked) else { return nil }
      if let before { await ending.narrow(before, to: person) }
      return checked
    } catch ProviderError.refused(let code) {
      logger.notice("a session has ended", metadata: ["person": "\(session.person)", "why": "\(code)"])
      try await shelf.close(session.id)
      if let before { await ending.free(before) }
      return nil
    } catch let error as TokenError {
      logger.warning("a session has ended", metadata: ["person": "\(session.person)", "class": "\(error.class.rawValue)"])
      try await shelf.close(session.id)
      if let before { await ending.narrow(before, to: nil) }
      return nil
    } catch let error as ProviderError {
      logger.warning("\(error)", metadata: ["person": "\(session.person)"])
      return session
    }
  }

  /// Somebody else is asking: what he learns, if this session would be too old without it.
  private func awaited(_ session: ProviderSession) async throws -> ProviderSession? {
    guard var session = try await shelf.find(session.id) else { return nil }
    // Not for long: the provider may be away, and then there is nothing to wait for.
    while Instant.now.seconds(since: session.checked) > ProviderSession.freshSeconds, Instant.now.seconds(since: session.tried) < 1.5 {
      try await Task.sleep(for: .milliseconds(100))
      guard let found = try await shelf.find(session.id) else { return nil }
      session = found
    }
    return session
  }

  /// What the provider says of a person: by the ID token, and where that does not tell the groups by its answer about the person.
  ///
  /// - Parameter before: what it said last; when and how the person signed in is kept from there.
  func claims(_ tokens: ProviderTokens, of subject: String?, nonce: String?, before: TokenClaims?) async throws -> TokenClaims {
    var members: [String: JSON] = [:]
    for name in ["sub", "sid", "auth_time", "amr", "acr"] { members[name] = before?.json[name] }
    var isTold = false
    if let identity = tokens.identity {
      let claims = try await provider.verify(identity, provider.file.clientRules, for: .identity(nonce: nonce))
      guard subject == nil || claims.subject == subject else { throw TokenError(.subject, "the ID token is somebody else's") }
      for member in claims.json.object?.members ?? [] { members[member.key] = member.value }
      isTold = provider.file.claims.isComplete(claims)
    }
    if !isTold, let more = try await provider.person(of: tokens.access) {
      guard more.subject == members["sub"]?.string else { throw TokenError(.subject, "the provider tells of somebody else") }
      for member in more.json.object?.members ?? [] { members[member.key] = member.value }
      isTold = true
    }
    // A provider that says nothing about the person at a refresh can end a session, not a group.
    guard isTold || tokens.identity != nil || before == nil else { return before ?? TokenClaims(.null) }
    return TokenClaims(.object(JSONObject(members.map { ($0.key, $0.value) })))
  }
}
