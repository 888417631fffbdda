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
      let live = LiveFeed()
      try await serve(
        decider, config.road, migrations: ReviewTask.migrations, caller: NoCaller(),
        specials: Specials(chore: { road, _ in await live.watch(road.store) })
      ) { router, road in
        let drafts = DraftShelf(store: road.store, seed: config.sessionSeed)
        let edge = Edge(road: road, decider: decider, drafts: drafts)
        edge.addAPI(router)
        edge.addDrafts(router)
        let pages = PageRoutes(edge: edge, config: config)
        pages.add(to: router)
        LiveRoutes(feed: live, store: road.store) { try? edge.person($0) }.add("/v1/live", to: router)
        LiveRoutes(feed: live, store: road.store) { pages.visitor($0)?.person }.add("/live", to: router)
      }
    }
  }
}
