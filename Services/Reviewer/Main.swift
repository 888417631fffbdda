import Host
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
      guard let signing = config.signing, let people = config.people else {
        throw LaneError.cannotStart("SIGNING_KEY_FILE holds no Ed25519 key")
      }
      let decider = ReviewerDecider(signing: signing, publicURL: config.publicURL, clockScale: config.road.clockScale)
      try await serve(decider, config.road, caller: NoCaller()) { router, road in
        let api = Api(road: road, people: people, decider: decider)
        api.add(to: router)
        if config.demoSignIn { Page(api: api).add(to: router) }
      }
    }
  }
}
