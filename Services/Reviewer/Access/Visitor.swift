import Foundation
import HTTPTypes
import Host
import Identity
import JSON
import Wire

/// Who a request comes from, as the gate has found.
struct Visitor: Sendable {
  /// With the groups that they have as somebody's delegate, once the gate has looked.
  var person: Person
  /// How the person had signed in: `demo`, `token`, or what the provider says (`pwd`, `mfa`, …).
  let strength: String
  /// Seconds since 1970; nil where nobody says.
  let authenticatedAt: Int64?
  /// The provider has not confirmed the person for a minute: they may look and not act.
  var isReadOnly = false
  /// The session that forms must be of; empty of a program.
  var cookie = ""

  /// How they want pages to be; of a program nothing is looked up.
  var preferences = Preferences.none
  /// Which of their tasks they work on.
  var list = TaskFilter()

  /// Whoever sent the request that is being answered.
  @TaskLocal static var current: Visitor?

  /// Whether the person has shown who they are within so many seconds.
  func authenticated(within seconds: Int64, now: Instant = .now) -> Bool {
    guard let authenticatedAt else { return false }
    return now.unixSeconds - authenticatedAt <= seconds && authenticatedAt <= now.unixSeconds + TokenRules.skew
  }

  /// - Throws: 403 `authentication.old` with where to sign in anew, where that is longer ago.
  func demand(authenticatedWithin seconds: Int64, now: Instant = .now) throws(Problem) {
    guard !authenticated(within: seconds, now: now) else { return }
    throw Problem(
      .forbidden, "authentication.old", "This needs a sign-in that is at most \(seconds / 60) minutes old. Sign in again, then repeat it.",
      more: [("sign_in", .string("/sign-in?fresh=1"))])
  }
}
