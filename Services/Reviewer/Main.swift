import Host
import Identity
import Lanes
import Permits
import SignOn
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
      clockScale: config.road.clockScale, channels: config.channels, schedules: config.schedules,
      looksAgain: config.adapterURL != nil)
    let store = try openStore(config.road.database)
    let live = LiveFeed(), people = LivePeople(config.people)
    let provider = config.identity.map { Provider($0, web: web) }
    let routes = { @Sendable (road: Road<ReviewerDecider>) -> DeskRoutes in
      DeskRoutes(
        road: road, decider: decider, people: people, provider: provider, publicURL: config.publicURL, isDemo: config.demoSignIn,
        seed: config.sessionSeed, live: live, policy: config.policyURL.map { PolicyDoor(url: $0, web: web) },
        cases: config.intakeURL.map { CaseDoor(url: $0, web: web, signing: signing) },
        sources: config.adapterURL.map { SourceDoor(url: $0, web: web, signing: signing) },
        vault: VaultDoor(intake: config.intakeURL, adapter: config.adapterURL, web: web, signing: signing),
        audit: config.auditURL.map { AuditDoor(url: $0, web: web) },
        keys: config.policyURL.map { KeyDesk(policy: $0, web: web, tokens: config.demoTokens) })
    }
    let caller = NoticeCaller(channels: config.channels, web: web, task: { try ReviewTask.stored($0, store) })
    let specials = Specials<ReviewerDecider>(chore: { road, _ in await routes(road).work() })
    try await serve(
      decider, config.road, migrations: ReviewTask.migrations, caller: caller, store: store, specials: specials
    ) { router, road in
      try routes(road).add(to: router)
    }
  }
}
