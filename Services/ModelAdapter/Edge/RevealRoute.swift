import Host
import HTTPTypes
import Hummingbird
import JSON
import Logging
import Permits
import Storage
import Vault
import Wire

/// `POST /v1/reveal` {"case", "token", "by", "code"} → {"value"}: one private value of evidence, for the reviewer service, which has put down who
/// asked and what for before it asks.
struct RevealRoute {
  let road: Road<ModelDecider>
  let sealer: Sealer
  /// Of the reviewer service.
  let reviewers: PermitKeys

  func add(to router: Router<BasicRequestContext>) {
    router.post("/v1/reveal") { request, _ in
      let bytes = try await request.bytes(upTo: 4 << 10)
      let body = try JSON.parse(bytes)
      guard let caseID = body["case"]?.string, let token = body["token"]?.string, let person = body["by"]?.string else {
        throw Problem(.badRequest, "body", "Members case, token and by were expected.")
      }
      let keys = try await reviewers.current()
      guard let bearer = request.bearerToken, let word = try? LookWord.verify(bearer, keys: keys, type: LookWord.revealing),
        word.isFor(caseID, bytes, at: Instant.now.unixSeconds)
      else { throw Problem(.unauthorized, "unauthorized", "The reviewer service's word for this very question was expected.") }
      guard let held = try sealed(road.store, caseID), let value = try? sealer.open(held, caseID: caseID)[token] else {
        throw Problem(.gone, "value.gone", "This service holds no value for that token of that case.")
      }
      road.logger.info("revealed", metadata: ["case": "\(caseID)", "person": "\(person)", "token": "\(token)"])
      return jsonResponse(["value": .string(value)])
    }
  }
}
