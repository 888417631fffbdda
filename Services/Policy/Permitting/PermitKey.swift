import JSON
import Permits
import Wire

/// A key under which permits are or were signed. None is ever forgotten, so that an old permit can be judged for ever.
struct PermitKey: Sendable, Equatable {
  /// So long after another key took over its permits may still be acted on: the longest permit, its skew, and some time.
  static let verifyingSeconds: Double = 7_200

  enum State: String { case signing, verifying, retired, revoked }

  struct Revocation: Sendable, Equatable {
    let at: Instant
    let by: String
    let reason: String
  }

  let id: String
  let jwk: JSON
  let since: Instant
  /// Since when another one signs.
  var until: Instant?
  var revoked: Revocation?

  init(_ key: VerificationKey, since: Instant) {
    (id, jwk, self.since) = (key.id, key.jwk, since)
  }

  func state(at now: Instant) -> State {
    if revoked != nil { return .revoked }
    guard let until else { return .signing }
    return now.seconds(since: until) < Self.verifyingSeconds ? .verifying : .retired
  }

  /// What `GET /v1/keys` and the row of `governance` tell.
  func told(at now: Instant) -> JSON {
    var object = JSONObject([
      ("kid", .string(id)), ("use", "permits"), ("jwk", jwk), ("state", .string(state(at: now).rawValue)),
      ("since", .string(since.description)),
    ])
    object["until"] = until.map { .string($0.description) }
    object["revoked"] = revoked.map { ["at": .string($0.at.description), "by": .string($0.by), "reason": .string($0.reason)] }
    return .object(object)
  }

  var json: JSON {
    var object = JSONObject([("jwk", jwk), ("since", .integer(since.microseconds))])
    object["until"] = until.map { .integer($0.microseconds) }
    object["revoked"] = revoked.map { ["at": .integer($0.at.microseconds), "by": .string($0.by), "reason": .string($0.reason)] }
    return .object(object)
  }

  init(_ json: JSON) throws {
    let fields = try Fields(json)
    guard let key = VerificationKey(try fields.value("jwk")) else { throw WireError("member jwk is no Ed25519 key") }
    self.init(key, since: try fields.instant("since"))
    until = fields.optionalInteger("until").map(Instant.init(microseconds:))
    if let body = fields.optional("revoked") {
      let fields = try Fields(body)
      revoked = Revocation(at: try fields.instant("at"), by: try fields.text("by"), reason: try fields.text("reason"))
    }
  }
}

extension Switches {
  func isRevoked(_ kid: String) -> Bool { keys.contains { $0.id == kid && $0.revoked != nil } }

  /// The one that signs now: of those that policy holds the last that is not revoked; nil where all are.
  func signing(_ held: [VerificationKey]) -> VerificationKey? { held.last { !isRevoked($0.id) } }
  func signing(_ held: [SigningKey]) -> SigningKey? { held.last { !isRevoked($0.id) } }

  /// Under which of the keys that are held something that was signed still counts.
  func trusted(_ held: [SigningKey]) -> KeySet { KeySet(held.map(\.verification).filter { !isRevoked($0.id) }) }

  /// What executors may believe now. Whoever takes a permit for good asks here, and a key that is not there does not count.
  func jwks(at now: Instant) -> JSON {
    let trusted = keys.filter { [.signing, .verifying].contains($0.state(at: max(now, clock))) }
    return ["keys": .array(trusted.map(\.jwk))]
  }

  /// Takes up the keys that policy holds, in their order: the last one signs. Nil where that is so already.
  func holding(_ held: [VerificationKey], at now: Instant) -> Switches? {
    var taken = keys
    for key in held where !taken.contains(where: { $0.id == key.id }) { taken.append(PermitKey(key, since: now)) }
    let signing = signing(held)?.id
    for index in taken.indices where taken[index].revoked == nil {
      if taken[index].id == signing { taken[index].until = nil } else if taken[index].until == nil { taken[index].until = now }
    }
    guard taken != keys else { return nil }
    return after("permits are signed under \(signing ?? "no key")", by: Stop.guardian, at: now) { $0.keys = taken }
  }

  /// Nil where there is no such key, or it is revoked already.
  func revoking(_ kid: String, reason: String, by person: String, at now: Instant) -> Switches? {
    guard let index = keys.firstIndex(where: { $0.id == kid }), keys[index].revoked == nil else { return nil }
    return after("\(person) revoked the permit key \(kid): \(reason)", by: person, at: now) {
      $0.keys[index].revoked = PermitKey.Revocation(at: now, by: person, reason: reason)
    }
  }
}
