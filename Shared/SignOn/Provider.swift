import Foundation
import Host
import Identity
import JSON
import Wire

/// The identity provider over HTTP: what it publishes, and what it answers to codes and refresh tokens.
///
/// Its keys are asked for again every five minutes, and sooner, at most every ten seconds, for a token whose key nobody has
/// heard of: so keys may be rotated at any time, and tokens of made-up keys cost the provider nothing.
public actor Provider {
  public nonisolated let file: IdentityFile
  private let web: WebClient
  private var metadata: (value: ProviderMetadata, at: ContinuousClock.Instant)?
  private var keys: (value: ProviderKeys, at: ContinuousClock.Instant)?
  private var asked: ContinuousClock.Instant?
  private var asking: Task<ProviderKeys, any Error>?

  static let fresh = Duration.seconds(300)
  /// How old keys may be while the provider is away.
  static let oldest = Duration.seconds(600)
  static let pause = Duration.seconds(10)
  private static let milliseconds = 5_000, limit = 256 << 10

  public init(_ file: IdentityFile, web: WebClient) {
    self.file = file
    self.web = web
  }

  /// Verifies a token as `rules` ask, with newer keys where that may help.
  ///
  /// - Throws: `TokenError`, or `ProviderError` where no keys can be had.
  public func verify(_ token: String, _ rules: TokenRules, for purpose: TokenRules.Purpose) async throws -> TokenClaims {
    // What no key could make good never makes us ask.
    let header = try TokenHeader(token, allowed: rules.algorithms)
    return try rules.verify(token, for: purpose, keys: try await keys(holding: header.key), now: Instant.now.unixSeconds)
  }

  /// What the provider publishes about itself; read again every hour.
  public func discovered() async throws(ProviderError) -> ProviderMetadata {
    if let metadata, ContinuousClock.now - metadata.at < .seconds(3600) { return metadata.value }
    let base = file.issuer.hasSuffix("/") ? String(file.issuer.dropLast()) : file.issuer
    do {
      let read = try ProviderMetadata(try await get("\(base)/.well-known/openid-configuration"), issuer: file.issuer, isLoopback: file.isLoopback)
      metadata = (read, .now)
      return read
    } catch {
      if let metadata { return metadata.value }
      throw error
    }
  }

  /// Trades a code for tokens. - Parameter verifier: of the challenge that went with the request (RFC 7636).
  public func exchange(code: String, verifier: String, redirect: String) async throws(ProviderError) -> ProviderTokens {
    try await tokens([("grant_type", "authorization_code"), ("code", code), ("code_verifier", verifier), ("redirect_uri", redirect)])
  }

  public func refresh(_ token: String) async throws(ProviderError) -> ProviderTokens {
    try await tokens([("grant_type", "refresh_token"), ("refresh_token", token)])
  }

  /// What the provider says of the person of an access token now; nil where it has no such end point.
  public func person(of token: String) async throws(ProviderError) -> TokenClaims? {
    guard let address = try await discovered().userinfo else { return nil }
    return TokenClaims(try await get(address, bearer: token))
  }

  private func keys(holding id: String) async throws -> ProviderKeys {
    let now = ContinuousClock.now
    if let keys, now - keys.at < Self.fresh, keys.value.holds(id) { return keys.value }
    if let asked, now - asked < Self.pause, asking == nil {
      guard let keys, now - keys.at < Self.oldest else { throw ProviderError.unreachable("its keys could not be had a moment ago") }
      return keys.value
    }
    let task = asking ?? Task { try await load() }
    if asking == nil { (asking, asked) = (task, now) }
    do { return try await task.value } catch {
      if let keys, ContinuousClock.now - keys.at < Self.oldest { return keys.value }
      throw error
    }
  }

  private func load() async throws -> ProviderKeys {
    defer { asking = nil }
    let read = try ProviderKeys(jwks: try await get(try await discovered().keys))
    guard !read.isEmpty else { throw ProviderError.wrong("it publishes no key that can be used") }
    keys = (read, .now)
    return read
  }

  private func tokens(_ members: [(String, String)]) async throws(ProviderError) -> ProviderTokens {
    let metadata = try await discovered()
    var members = members, headers: [(String, String)] = []
    switch file.clientSecret {
    case let secret? where !metadata.postsSecret:
      let pair = "\(formEscaped(file.clientID)):\(formEscaped(secret))"
      headers.append(("Authorization", "Basic \(Data(pair.utf8).base64EncodedString())"))
    case let secret?: members += [("client_id", file.clientID), ("client_secret", secret)]
    case nil: members.append(("client_id", file.clientID))
    }
    let form = Array(formText(members).utf8)
    let reply: WebClient.Reply
    do throws(WebClient.Failure) {
      reply = try await web.call(
        metadata.token, body: form, type: "application/x-www-form-urlencoded", headers: headers, limit: Self.limit, milliseconds: Self.milliseconds)
    } catch { throw .unreachable("\(error)") }
    let json = try? JSON.parse(reply.body)
    switch reply.status {
    case 200:
      guard let json, let tokens = ProviderTokens(json) else { throw .wrong("a token response was expected") }
      return tokens
    // 429 and the like pass; only what the provider says about the grant itself is a refusal.
    case 400, 401, 403:
      let code = json?["error"]?.string ?? "status \(reply.status)"
      guard code == "invalid_grant" || code == "access_denied" else { throw .wrong(String(code.prefix(80))) }
      throw .refused(code)
    default: throw .unreachable("its token end point answers \(reply.status)")
    }
  }

  private func get(_ url: String, bearer: String? = nil) async throws(ProviderError) -> JSON {
    let reply: WebClient.Reply
    do throws(WebClient.Failure) {
      reply = try await web.call(url, bearer: bearer, limit: Self.limit, milliseconds: Self.milliseconds)
    } catch { throw .unreachable("\(error)") }
    if bearer != nil, reply.status == 401 || reply.status == 403 { throw .refused("status \(reply.status)") }
    guard reply.status == 200 else { throw .unreachable("it answers \(reply.status)") }
    guard let json = try? JSON.parse(reply.body), json.object != nil else { throw .wrong("a JSON object was expected") }
    return json
  }
}
