import Crypto
import Foundation
import JSON
import Permits
import Wire

/// A sign-in that has begun: what the browser must bring back with the provider's answer. It lies sealed in a cookie of that very
/// browser, so that nobody can make another browser finish a sign-in that it did not begin.
struct SignInFlow: Sendable, Equatable {
  let state: String
  /// Random; what goes to the provider is `sentNonce`.
  let nonce: String
  /// Thumbprint of the browser's own key, which the provider's answer is to bind; empty where it has none.
  let key: String
  /// Of PKCE (RFC 7636); only its hash goes to the provider at the beginning.
  let verifier: String
  /// Where the person wanted to go: a path of ours.
  let to: String
  /// The person is to show anew who they are.
  let isFresh: Bool
  let began: Instant

  static let seconds: Double = 600

  /// - Parameter key: as the browser gives it.
  init(to: String, isFresh: Bool, key: String = "", now: Instant) {
    self.key = key.utf8.count == 43 && bytes(base64url: key.utf8) != nil ? key : ""
    (state, nonce, verifier) = (SessionShelf.newName(), SessionShelf.newName(), SessionShelf.newName())
    self.to = SignInFlow.place(to)
    self.isFresh = isFresh
    began = now
  }

  /// The provider signs it as a claim of the ID token, and so whose key it is: policy needs nobody's word besides.
  var sentNonce: String { key.isEmpty ? nonce : PersonKey.nonce(of: key, salt: nonce) }

  var challenge: String { String(decoding: base64url(sha256(verifier.utf8)), as: UTF8.self) }

  /// A path that a sign-in may lead to: the list, the queues, a task or a case. Anything else leads to the list.
  static func place(_ text: String) -> String {
    let isTask = (text.hasPrefix("/tasks/") || text.hasPrefix("/cases/")) && Edge.isKey(text.dropFirst(7))
    return isTask || text == "/queues" || text == "/keys" ? text : "/"
  }

  /// What the cookie holds.
  func sealed(in box: SecretBox) throws -> String {
    let json: JSON = [
      "state": .string(state), "nonce": .string(nonce), "verifier": .string(verifier), "to": .string(to), "key": .string(key), "fresh": .bool(isFresh),
      "began": .integer(began.microseconds),
    ]
    return String(decoding: base64url(try box.seal(json, for: "sign-in")), as: UTF8.self)
  }

  /// Nil for what is not ours, or began more than ten minutes ago.
  init?(_ cookie: String, in box: SecretBox, now: Instant) {
    guard let sealed = bytes(base64url: cookie.utf8), let fields = try? box.open(sealed, for: "sign-in").map({ try Fields($0) }),
      let state = try? fields.text("state"), let nonce = try? fields.text("nonce"), let verifier = try? fields.text("verifier"),
      let to = try? fields.text("to"), let key = try? fields.text("key"), let isFresh = try? fields.flag("fresh"), let began = try? fields.instant("began"),
      (0...Self.seconds).contains(now.seconds(since: began))
    else { return nil }
    (self.state, self.nonce, self.verifier, self.to, self.key, self.isFresh, self.began) = (state, nonce, verifier, to, key, isFresh, began)
  }
}
