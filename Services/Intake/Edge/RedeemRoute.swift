import Host
import Hummingbird
import JSON
import Logging
import Permits
import Vault
import Wire

extension Edge {
  /// `POST /v1/redeem` {"permit", "tokens"} → {"values"}: who holds a permit gets the real values of its case's tokens.
  func addRedeemRoute(_ router: Router<BasicRequestContext>) {
    router.post("/v1/redeem") { request, _ in
      let asked: Redemption
      do {
        asked = try Redemption(JSON.parse(try await request.bytes(upTo: 256 << 10)))
      } catch let error as VaultError {
        throw Problem(.badRequest, "body", error.description)
      }
      let permit: Permit
      do {
        permit = try await policyKeys.verify(asked.permit, now: Instant.now.unixSeconds)
      } catch let error as JWSError {
        road.logger.warning("redeem refused", metadata: ["code": "\(error.code)"])
        throw Problem(.forbidden, "permit.\(error.code)", error.description)
      }
      do {
        let answer = try asked.answer(held: try kept(permit.caseID)?.sealed, caseID: permit.caseID, decider.door.sealer)
        road.logger.info(
          "redeemed",
          metadata: [
            "case": "\(permit.caseID)", "permit": "\(permit.id)", "executor": "\(permit.audience)",
            "tokens": "\(asked.tokens.count)",
          ])
        return jsonResponse(answer)
      } catch let error as VaultError {
        road.logger.warning(
          "redeem refused", metadata: ["case": "\(permit.caseID)", "permit": "\(permit.id)", "code": "tokens"])
        throw Problem(.forbidden, "tokens", error.description)
      }
    }
  }
}
