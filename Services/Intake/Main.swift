import Host
import Lanes
import Wire

/// The intake service. Only wiring.
@main struct Main {
  static func main() async {
    await run(.intake) { settings in
      let config = Config(&settings)
      try settings.finish()
      return config
    } serve: { config in
      let decider = config.decider
      try await serve(
        decider, config.road, doors: config.doors + ["executions"], caller: NoCaller<Never>(),
        specials: Specials(tune: { $0.keysKeptSeconds = Double(config.idempotencyDays) * 86_400 })
      ) { router, road in
        let edge = Edge(road: road, decider: decider, policyKeys: PermitKeys(config.policyKeys))
        edge.addItemRoutes(router)
        edge.addGateRoutes(router)
        edge.addRedeemRoute(router)
      }
    }
  }
}
