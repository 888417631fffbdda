import Bundles
import Foundation
import Host
import Identity
import Lanes
import Logging
import Permits
import SignOn
import Storage
import Wire
import Workflows

/// The policy service. Only wiring.
@main struct Main {
  static func main() async {
    await run(.policy) { settings in
      let config = Config(&settings)
      try settings.finish()
      return config
    } check: { config in
      let mistakes = config.folders.flatMap { FolderCheck($0).mistakes }
      guard mistakes.isEmpty else { throw BundleErrors(mistakes: mistakes) }
      _ = try Genesis(file: config.genesis)
    } serve: { config in
      let web = WebClient(connections: 4)
      let result: Result<Void, any Error>
      do { result = .success(try await start(config, web)) } catch { result = .failure(error) }
      await web.shutdown()
      try result.get()
    }
  }

  private static func start(_ config: Config, _ web: WebClient) async throws {
    guard !config.signing.isEmpty else { throw LaneError.cannotStart("SIGNING_KEY_FILE holds no Ed25519 key") }
    let keys = config.signing.map(\.verification)
    let operators = try await config.operators.load()
    let store = try openStore(config.road.database)
    let shelf = try Shelf.open(
      store, folders: config.folders, genesis: Result { try Genesis(file: config.genesis) }, operators: operators, now: .now)
    let stops = Stops(secret: config.secret)
    try stops.open(store, keys: keys, genesis: shelf.genesis)
    let people = LivePeople(try config.people.load())
    let shared = people.now.sharedEmails.map {
      "accounts with the e-mail \($0) count as one person; set person_claim to say who is who"
    }
    for text in shelf.warnings + shared { FileHandle.standardError.write(Data("warning: \(text)\n".utf8)) }
    let reviewers = AwaitedKeys(config.reviewers)
    let exceptions = ExceptionsTold(stops: stops, known: KnownExceptions(), shelf: shelf)
    let absences = KnownAbsences(), glass = KnownGlass()
    let decider = PolicyDecider(
      shelf: shelf, signing: config.signing, reviewers: KeySet([]), seeds: config.seeds,
      holders: config.holders, clockScale: config.road.clockScale, permitMinutes: config.permitMinutes, people: people,
      stops: stops, exceptions: exceptions.known, absences: absences, glass: glass, decisionKeys: config.decisionKeys)
    try await serve(
      decider, config.road, migrations: Shelf.migrations, caller: NoCaller(), store: store,
      specials: Specials(
        prepared: {
          var decider = decider
          decider.reviewers = try reviewers.get()
          return decider
        },
        tune: { lanes in lanes.openings = shelf.warnings.map { LaneAlert(code: .bundleIgnored, lane: 0, text: $0) } },
        chore: { road, lanes in
          await withTaskGroup(of: Void.self) { group in
            group.addTask { await StopWatch(stops: stops, keys: keys).run(road, lanes) }
            group.addTask { await absences.watch(road.store, road.logger) }
            group.addTask { await glass.watch(road.store, road.logger) }
            group.addTask { await KnownPeople(config.people, people).watch(road.logger) }
            group.addTask {
              await reviewers.wait()
              await Governance(shelf: shelf, stops: stops, exceptions: exceptions).publish(road, lanes)
            }
          }
        })
    ) { router, road in
      addPolicyRoutes(router, road, decider)
      addFreezeRoutes(router, road)
      let provider = config.identity.map { Provider($0, web: web) }
      let tokens = AccessTokens(people, provider: provider, logger: road.logger)
      KeyRoutes(
        road: road, stops: stops, registering: Registering(tokens: tokens, people: people, provider: provider), signing: config.signing,
        hours: config.decisionKeyHours, groups: config.stopGroups
      ).add(to: router)
      StopRoutes(road: road, stops: stops, people: people, tokens: tokens, groups: config.stopGroups, shelf: shelf, signing: config.signing, reviewers: reviewers).add(to: router)
      GlassRoutes(road: road, known: glass, people: people, tokens: tokens, groups: config.stopGroups).add(to: router)
      LotRoutes(road: road, tokens: tokens, groups: config.stopGroups).add(to: router)
      ExceptionRoutes(
        road: road, told: exceptions, people: people, tokens: tokens, groups: config.exceptionGroups, keys: config.exceptionKeys
      ).add(to: router)
    }
  }
}
