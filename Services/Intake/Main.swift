import Host
import Lanes
import Storage
import Vault
import Wire

/// The intake service. Only wiring.
@main struct Main {
  static func main() async {
    await run(.intake) { settings in
      let config = Config(&settings)
      try settings.finish()
      return config
    } serve: { config in
      try await start(config)
    }
  }

  static func start(_ config: Config) async throws {
    let store = try openStore(config.road.database)
    let web = WebClient(connections: 32)
    let result: Result<Void, any Error>
    do { result = .success(try await start(config, store, web)) } catch { result = .failure(error) }
    await web.shutdown()
    try result.get()
  }

  private static func start(_ config: Config, _ store: any Store, _ web: WebClient) async throws {
    let decider = config.decider
    let policyKeys = PermitKeys(config.policyKeys)
    let executor = config.webhooks.isEmpty
      ? nil
      : WebhookExecutor(
        targets: config.webhooks, policy: policyKeys, reviewers: config.reviewerKeys, holders: config.holders,
        sealer: Sealer(key: config.vaultKey), web: web, webhook: { try Kept.stored($0, store) })
    try await serve(
      decider, config.road, doors: config.doors + ["executions"], caller: WebhookCaller(executor: executor), store: store,
      specials: Specials(tune: { $0.keysKeptSeconds = Double(config.idempotencyDays) * 86_400 })
    ) { router, road in
      let edge = Edge(road: road, decider: decider, policyKeys: policyKeys)
      edge.addItemRoutes(router)
      edge.addDefectRoutes(router)
      edge.addGateRoutes(router)
      edge.addRedeemRoute(router)
      let audit = config.auditURL.flatMap { url in config.auditToken.map { AuditDoor(url: url, web: web, token: $0) } }
      let reviewers = config.reviewerKeys.map { PermitKeys($0, of: "reviewer") }
      AgainRoutes(edge: edge, audit: audit, reviewers: reviewers).add(to: router)
      let absent = "The vault holds no value for that token of that case."
      RevealRoute(reviewers: reviewers, logger: edge.road.logger, absent: absent) { caseID, token in
        guard let held = try edge.kept(caseID)?.sealed else { return nil }
        return (try? edge.decider.door.sealer.open(held, caseID: caseID))?[token]
      }.add(to: router)
    }
  }
}
