import Host
import Identity
import Lanes
import Permits
import Storage
import Wire

/// The reviewer service. Only wiring.
@main struct Main {
  static func main() async {
    await run(.reviewer) { settings in
      let config = Config(&settings)
      try settings.finish()
      return config
    } serve: { config in
      let web = WebClient(connections: 8)
      let result: Result<Void, any Error>
      do { result = .success(try await start(config, web)) } catch { result = .failure(error) }
      await web.shutdown()
      try result.get()
    }
  }

  private static func start(_ config: Config, _ web: WebClient) async throws {
    guard let signing = config.signing else { throw LaneError.cannotStart("SIGNING_KEY_FILE holds no Ed25519 key") }
    let decider = ReviewerDecider(
      signing: signing, people: config.people, workflows: config.workflows, publicURL: config.publicURL,
      clockScale: config.road.clockScale, channels: config.channels)
    let store = try openStore(config.road.database)
    let live = LiveFeed()
    try await serve(
      decider, config.road, migrations: ReviewTask.migrations,
      caller: NoticeCaller(channels: config.channels, web: web, task: { try ReviewTask.stored($0, store) }), store: store,
      specials: Specials(chore: { road, _ in
        async let forgetting: Void = CaseMemory(store: road.store).forget { road.clock.story }
        await live.watch(road.store)
        await forgetting
      })
    ) { router, road in
      let edge = Edge(road: road, decider: decider, drafts: DraftShelf(store: store, seed: config.sessionSeed))
      edge.addAPI(router)
      edge.addDrafts(router)
      edge.addMemory(router)
      edge.addSources(router)
      let pages = PageRoutes(edge: edge, config: config)
      pages.add(to: router)
      pages.addPreview(router)
      pages.addMemory(router)
      LiveRoutes(feed: live, store: store) { try? edge.person($0) }.add("/v1/live", to: router)
      LiveRoutes(feed: live, store: store) { pages.visitor($0)?.person }.add("/live", to: router)
    }
  }
}
