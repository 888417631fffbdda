import Host
import HTTPTypes
import Hummingbird
import JSON
import Logging
import Permits
import Storage
import Vault
import Wire

/// `POST /v1/redeem`: the real values behind tokens of evidence, for who shows a permit of the case.
func addAdapterRoutes(
  _ router: Router<BasicRequestContext>, _ road: Road<ModelDecider>, _ decider: ModelDecider, _ keys: PermitKeys
) {
  router.post("/v1/redeem") { request, _ in
    let body = try JSON.parse(try await request.bytes(upTo: 256 << 10))
    do {
      let redemption = try Redemption(body)
      let permit = try await keys.verify(redemption.permit, now: Instant.now.unixSeconds)
      let held = try sealed(road.store, permit.caseID)
      let answer = try redemption.answer(held: held, caseID: permit.caseID, decider.sealer)
      road.logger.info(
        "redeemed",
        metadata: ["case": "\(permit.caseID)", "permit": "\(permit.id)", "tokens": "\(redemption.tokens.count)"])
      return jsonResponse(answer)
    } catch let error as JWSError {
      throw Problem(.forbidden, "permit.\(error.code)", error.description)
    } catch let error as VaultError {
      throw Problem(.unprocessableContent, "token", error.description)
    }
  }
}

/// The sealed values of a case; nil where there are none.
func sealed(_ store: any Store, _ caseID: String) throws -> String? {
  let rows = try store.read { try $0.query("SELECT body FROM states WHERE key = ?", [.text(caseID)]) }
  guard case .blob(let body)? = rows.first?.first else { return nil }
  return try OpenRequest(JSON.parse(body, limits: .stored)).sealed
}
