import HTTPTypes
import Host
import Hummingbird
import Identity
import JSON
import Logging
import Permits
import Wire

/// The keys of permits: their history, and their revocation by one person, since it only tightens.
extension StopRoutes {
  func addKeys(to router: Router<BasicRequestContext>) {
    router.get("/.well-known/jwks.json") { _, _ in jsonResponse(stops.now.jwks(at: .now)) }
    router.get("/v1/keys") { _, _ in
      let switches = stops.now
      return jsonResponse(["keys": .array(switches.keys.map { $0.told(at: max(.now, switches.clock)) })])
    }
    router.post("/v1/keys/:kid/revoke") { request, context in
      try await revoke(context.parameters.get("kid") ?? "", request)
    }
  }

  /// `{reason}`. Whoever asks for our keys does not find it any more; permits under it go out again under another one.
  private func revoke(_ kid: String, _ request: Request) async throws -> Response {
    let person = try await person(request)
    let reason = try reason(JSON.parse(try await request.bytes(upTo: 16_384)))
    var isNew = false
    let after = try change { switches in
      let next = switches.revoking(kid, reason: reason, by: person.id, at: .now)
      isNew = next != nil
      // Another one signs from this moment on.
      return next.map { $0.holding(keys, at: .now) ?? $0 }
    }
    guard isNew else {
      guard after.isRevoked(kid) else {
        let known = after.keys.map(\.id).joined(separator: ", ")
        throw Problem(.notFound, "key.unknown", "The id of a permit key was expected: \(known).")
      }
      throw Problem(.conflict, "key.revoked", "\(kid) is revoked already.")
    }
    road.logger.warning("\(person.id) revoked the permit key \(kid): \(reason)")
    let signing = after.signing(keys)?.id
    return jsonResponse(["revoked": .string(kid), "signing": signing.map { .string($0) } ?? .null])
  }
}
