import HTTPTypes
import Host
import Identity
import JSON
import Lanes
import Wire

/// What the reviewer says to policy about people's own keys. It passes on what a person shows and can show nothing itself: what
/// policy believes is the provider's signature, a bearer token, or a key that is registered already.
struct KeyDesk: Sendable {
  /// Where policy's API is.
  let policy: String
  let web: WebClient
  /// Of the demo's people, who have no other way to show who they are; elsewhere there are none.
  let tokens: [String: String]

  private static let milliseconds = 5_000, limit = 256 << 10

  var address: String { "\(policy)/v1/decision-keys" }

  /// - Parameter proof: of the person's sign-in; nil in the demo.
  /// - Throws: policy's refusal as it is; 503 where it does not answer.
  func register(_ jwk: JSON, _ person: Person, proof: KeyProof?) async throws -> JSON {
    var body = JSONObject([("jwk", jwk)])
    body["identity"] = proof.map { .string($0.identity) }
    body["salt"] = proof.map { .string($0.salt) }
    return try await call(address, .object(body), bearer: proof == nil ? tokens[person.id] : nil)
  }

  /// The keys of somebody, as policy has them.
  func keys(of person: Person) async throws -> [JSON] {
    try await call("\(address)?person=\(person.id)", nil, bearer: nil)["keys"]?.array ?? []
  }

  /// - Parameters:
  ///   - ending: signed by a key of the person's.
  ///   - certificate: of that key.
  func end(_ kid: String, ending: String, certificate: String) async throws -> JSON {
    try await call("\(address)/\(kid)/end", ["ending": .string(ending), "certificate": .string(certificate)], bearer: nil)
  }

  private func call(_ url: String, _ body: JSON?, bearer: String?) async throws -> JSON {
    let reply: WebClient.Reply
    do throws(WebClient.Failure) {
      reply = try await web.call(url, body: body.map { Array($0.text.utf8) }, bearer: bearer, limit: Self.limit, milliseconds: Self.milliseconds)
    } catch { throw Self.away }
    let json = try? JSON.parse(reply.body)
    guard reply.status >= 400 else { return json ?? .null }
    guard reply.status < 500, let code = json?["code"]?.string, let detail = json?["detail"]?.string else { throw Self.away }
    throw Problem(.init(code: reply.status), code, detail)
  }

  private static let away = Problem(.serviceUnavailable, "key.policy", "Policy does not answer now: your key could not be registered. It is tried again with the next page.")
}

/// What a sign-in leaves behind by which the person can show policy whose key it is.
struct KeyProof: Sendable, Equatable {
  /// The key's thumbprint, with which the sign-in began.
  let key: String
  let salt: String
  /// The ID token, whose nonce the provider signed.
  let identity: String

  var json: JSON { ["key": .string(key), "salt": .string(salt), "identity": .string(identity)] }

  init(key: String, salt: String, identity: String) { (self.key, self.salt, self.identity) = (key, salt, identity) }

  init?(_ json: JSON?) {
    guard let key = json?["key"]?.string, let salt = json?["salt"]?.string, let identity = json?["identity"]?.string else { return nil }
    self.init(key: key, salt: salt, identity: identity)
  }
}
