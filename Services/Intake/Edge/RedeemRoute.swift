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

/// Policy's public keys, loaded when first needed and again, at most every ten seconds, when a permit names another
/// one.
actor PolicyKeys {
  private let source: KeySource
  private var keys: KeySet?
  private var loaded = Instant(microseconds: .min)

  init(_ source: KeySource) { self.source = source }

  /// - Throws: `JWSError` why the permit does not count; 503 where the keys cannot be had.
  func verify(_ token: String, now: Int64) async throws -> Permit {
    let known = try await load(olderThan: .infinity)
    do { return try Permit.verify(token, keys: known, now: now) } catch {
      guard error.code == "key" else { throw error }
      return try Permit.verify(token, keys: try await load(olderThan: 10), now: now)
    }
  }

  private func load(olderThan seconds: Double) async throws -> KeySet {
    if let keys, Instant.now.seconds(since: loaded) < seconds { return keys }
    loaded = .now
    do {
      let fresh = try await source.load()
      keys = fresh
      return fresh
    } catch {
      if let keys { return keys }
      var problem = Problem(.serviceUnavailable, "policy.keys", "Policy's public keys cannot be had now.")
      problem.retryAfter = 5
      throw problem
    }
  }
}
