import Crypto
import Foundation
import Identity
import Wire

/// The cookies of the page and the marks of its forms.
///
/// Who signs in by the demo's cards is named by a cookie that only this service can make; such sessions lie in no database. Who signs
/// in by the identity provider has a random name in it (`SessionShelf`).
struct Sessions: Sendable {
  private let key: SymmetricKey
  private let isSecure: Bool

  static let seconds: Int64 = 8 * 3600

  /// - Parameters:
  ///   - seed: a secret of the service; sessions end when it changes.
  ///   - isSecure: the page is reached by https.
  init(seed: [UInt8], isSecure: Bool) {
    key = .derived(from: seed, for: "sessions")
    self.isSecure = isSecure
  }

  var cookieName: String { isSecure ? "__Host-countersign" : "countersign" }

  /// The header `Set-Cookie` for somebody who signs in; for nobody, the one that ends the session.
  func cookie(for person: Person?, now: Instant) -> String {
    let value = person.map { "\($0.id)|\(now.unixSeconds + Sessions.seconds)" }.map { "\(text($0.utf8)).\(mark("session", $0))" }
    return "\(cookieName)=\(value ?? ""); Path=/; HttpOnly; SameSite=Strict; Max-Age=\(person == nil ? 0 : Sessions.seconds)"
      + (isSecure ? "; Secure" : "")
  }

  /// Names a session of the provider's; the empty one ends it. It goes with the provider's redirect, which comes from another site:
  /// what changes anything asks for a form's mark besides.
  func providerCookie(_ name: String) -> String { lax(cookieName, name, seconds: Sessions.seconds) }

  var listName: String { "\(cookieName)-list" }

  /// Which list somebody works on in this browser: what comes after a decision is of the same. It says nothing that the address did not.
  func listCookie(_ filter: TaskFilter) -> String {
    "\(listName)=\(filter.query.dropFirst()); Path=/; HttpOnly; SameSite=Strict; Max-Age=\(filter.isEmpty ? 0 : Sessions.seconds)" + (isSecure ? "; Secure" : "")
  }

  var flowName: String { "\(cookieName)-sign-in" }

  /// What a sign-in that has begun must bring back; the empty one ends it.
  func flowCookie(_ value: String) -> String { lax(flowName, value, seconds: Int64(SignInFlow.seconds)) }

  private func lax(_ name: String, _ value: String, seconds: Int64) -> String {
    "\(name)=\(value); Path=/; HttpOnly; SameSite=Lax; Max-Age=\(value.isEmpty ? 0 : seconds)\(isSecure ? "; Secure" : "")"
  }

  /// Whose session a cookie is; nil for one that we did not make or whose time is over.
  func person(cookie: String, now: Instant, _ people: People) -> Person? { session(cookie: cookie, now: now, people)?.person }

  /// The same, and when the person chose their card, seconds since 1970.
  func session(cookie: String, now: Instant, _ people: People) -> (person: Person, since: Int64)? {
    let parts = cookie.split(separator: ".")
    guard parts.count == 2, let raw = bytes(base64url: parts[0].utf8), let value = String(validating: raw, as: UTF8.self),
      matches(mark("session", value), String(parts[1]))
    else { return nil }
    let members = value.split(separator: "|")
    guard members.count == 2, let until = Int64(members[1]), now.unixSeconds < until else { return nil }
    return people.person(id: String(members[0])).map { ($0, until - Sessions.seconds) }
  }

  /// What a form of this session must bring with it, so that no other site can send one.
  func formToken(cookie: String) -> String { mark("form", cookie) }

  func accepts(formToken: String?, cookie: String) -> Bool { matches(mark("form", cookie), formToken ?? "") }

  private func mark(_ purpose: String, _ value: String) -> String {
    text(Array(HMAC<SHA256>.authenticationCode(for: Data("\(purpose)\n\(value)".utf8), using: key)))
  }

  private func text(_ bytes: some Collection<UInt8>) -> String { String(decoding: base64url(bytes), as: UTF8.self) }

  private func matches(_ a: String, _ b: String) -> Bool {
    a.utf8.count == b.utf8.count && zip(a.utf8, b.utf8).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
  }
}
