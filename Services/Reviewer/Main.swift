import Host
import Identity
import Lanes
import Permits
import Wire

/// The reviewer service. Only wiring.
@main struct Main {
  static func main() async {
    await run(.reviewer) { settings in
      let config = Config(&settings)
      try settings.finish()
      return config
    } serve: { config in
      guard let signing = config.signing else { throw LaneError.cannotStart("SIGNING_KEY_FILE holds no Ed25519 key") }
      let decider = ReviewerDecider(
        signing: signing, people: config.people, workflows: config.workflows, publicURL: config.publicURL,
        clockScale: config.road.clockScale)
      try await serve(decider, config.road, migrations: [ReviewTask.migration], caller: NoCaller()) { router, road in
        let edge = Edge(road: road, decider: decider)
        edge.addAPI(router)
        PageRoutes(edge: edge, config: config).add(to: router)
      }
    }
  }
}
