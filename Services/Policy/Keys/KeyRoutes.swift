import HTTPTypes
import Host
import Hummingbird
import Identity
import JSON
import Lanes
import Logging
import Permits
import SignOn
import Storage
import Wire

/// People's own keys over HTTP. They are registered here and nowhere else, so that the reviewer service can add none.
struct KeyRoutes: Sendable {
  let road: Road<PolicyDecider>
  let stops: Stops
  let registering: Registering
  let signing: [SigningKey]
  /// How long a key counts.
  let hours: Int
  /// Whose members may take anybody's key out of use.
  let groups: [String]

  func add(to router: Router<BasicRequestContext>) {
    router.get("/v1/decision-keys") { request, _ in
      let person = request.uri.queryParameters["person"].map(String.init) ?? ""
      return jsonResponse(["person": .string(person), "keys": .array(try keys(of: person).keys.map(told))])
    }
    router.post("/v1/decision-keys") { request, _ in try await register(request) }
    router.post("/v1/decision-keys/:kid/end") { request, context in
      try await end(context.parameters.get("kid") ?? "", request)
    }
  }

  private func told(_ key: PersonKeyRegistered) -> JSON {
    let isEnded = stops.now.hasEnded(key.key)
    return [
      "kid": .string(key.key), "proof": .string(key.proof), "registered_at": .string(key.at.description), "until": .string(key.until.description),
      "state": .string(isEnded ? "ended" : key.until < .now ? "expired" : "counts"),
    ]
  }

  private func keys(of person: String) throws -> PersonKeys {
    guard person.utf8.count <= 80, !person.contains("\0") else { return PersonKeys() }
    let place = PersonKeyRegistered.place(of: person)
    do {
      let rows = try road.store.read { try $0.query("SELECT body FROM states WHERE key = ?", [.text(place)]) }
      guard case .blob(let body) = rows.first?.first, let json = try? JSON.parse(body, limits: .stored) else { return PersonKeys() }
      return (try? PolicyState(json))?.keys ?? PersonKeys()
    } catch is StoreError { throw CommandError.unavailable }
  }

  /// `{jwk, identity?, salt?}`: answered with the certificate once the ledger will know of the key.
  private func register(_ request: Request) async throws -> Response {
    let body = try JSON.parse(try await request.bytes(upTo: 65_536))
    guard let jwk = body["jwk"], let key = PersonKey(jwk) else {
      throw Problem(.badRequest, "key.form", "The member jwk was expected: a public P-256 key (RFC 7518), without its private part.")
    }
    let (person, proof) = try await registering.owner(of: key, body, request)
    let switches = stops.now
    guard !switches.hasEnded(key.id) else { throw Problem(.conflict, "key.ended", "This key was taken out of use: make another one.") }
    guard let signing = switches.signing(signing) else {
      throw Problem(.serviceUnavailable, "key.none", "Policy has no key of its own in force, so that it can vouch for none.")
    }
    let now = Instant.now, known = try keys(of: person.id)
    var registered = PersonKeyRegistered(
      key: key.id, personIssuer: person.issuer, person: person.id, proof: proof, at: now, until: now.adding(seconds: Double(hours) * 3600))
    if let before = known.find(key.id), before.personIssuer.sameCodePoints(as: person.issuer), before.until > now.adding(seconds: 300) {
      registered = before  // Asked again: an answer that was lost costs nothing.
    } else {
      guard known.keys.filter({ $0.until > now && !switches.hasEnded($0.key) }).count < PersonKeys.most else {
        throw Problem(.conflict, "key.many", "You have \(PersonKeys.most) keys: take one out of use first.")
      }
      let note = registered
      _ = try await road.perform("decision-keys/\(key.id)/\(now.microseconds)") { _ in .registered(note) }
      road.logger.notice("a person's own key was registered", metadata: ["person": "\(person.id)", "kid": "\(key.id)", "proof": "\(proof)"])
    }
    let certificate = KeyCertificate(
      personIssuer: person.issuer, person: person.id, key: key, issuedAt: registered.at.unixSeconds, expiresAt: registered.until.unixSeconds)
    return jsonResponse(
      [
        "kid": .string(key.id), "person": .string(person.id), "person_iss": .string(person.issuer),
        "until": .string(registered.until.description), "certificate": .string(try certificate.signed(by: signing)), "now": .integer(now.unixSeconds),
      ], status: .created)
  }

  /// `{person?}` with a bearer token, or `{ending, certificate}`: signed by a key of the same person.
  ///
  /// It only tightens, so one word of the person's, or of somebody who may stop automation, is enough.
  private func end(_ kid: String, _ request: Request) async throws -> Response {
    let body = try JSON.parse(try await request.bytes(upTo: 65_536))
    let (person, by) = try await ender(kid, body, request)
    guard let found = try keys(of: person).find(kid) else {
      throw Problem(.notFound, "key.unknown", "\(person) has no key of this id: GET /v1/decision-keys?person= lists them.")
    }
    // Longer than any certificate of it, whatever the clocks say.
    let until = found.until.adding(seconds: 3_600)
    var isNew = false
    do {
      _ = try stops.change(road.store) { switches in
        let next = switches.ending(kid, of: person, until: until, by: by, at: .now)
        isNew = next != nil
        return next
      }
    } catch let error as StoreError where error.kind == .damaged {
      throw Problem(.conflict, "switch.damaged", "\(error.description); everything is stopped until the database is restored.")
    }
    if isNew { road.logger.warning("\(by) took a key of \(person) out of use", metadata: ["kid": "\(kid)"]) }
    return jsonResponse(["ended": .string(kid), "person": .string(person)])
  }

  /// Whose key it is, and who says so.
  private func ender(_ kid: String, _ body: JSON, _ request: Request) async throws -> (person: String, by: String) {
    guard let ending = body["ending"]?.string, let token = body["certificate"]?.string else {
      let caller = try await registering.tokens.bearer(of: request).person
      let person = body["person"]?.string ?? caller.id
      guard person == caller.id || !Set(caller.groups).isDisjoint(with: groups) else {
        throw Problem(.forbidden, "forbidden", "Only \(groups.joined(separator: ", ")) may take somebody else's key out of use.")
      }
      return (person, caller.id)
    }
    let switches = stops.now, now = Instant.now.unixSeconds
    do {
      let certificate = try KeyCertificate.verify(token, keys: switches.trusted(signing))
      let said = try KeyEnding.verify(ending, key: certificate.key)
      guard said.key.sameCodePoints(as: kid), certificate.expiresAt > now, !switches.hasEnded(certificate.key.id) || said.key == certificate.key.id,
        (said.issuedAt &- now).magnitude <= OwnSignature.skew.magnitude
      else { throw JWSError("claims", "it is of another key or another time") }
      return (certificate.person, certificate.person)
    } catch let error as JWSError {
      throw Problem(.forbidden, "key.signature", "The signature does not allow this: \(error.description).")
    }
  }
}
