import Host
import Identity
import Lanes
import Ledger
import Messaging
import SignOn
import Storage
import Wire

/// The audit service. Only wiring.
@main struct Main {
  static func main() async {
    await run(.audit) { settings in
      let config = Config(&settings)
      try settings.finish()
      return config
    } serve: { config in
      let web = WebClient(connections: 4)
      let result: Result<Void, any Error>
      do { result = .success(try await start(config, web)) } catch { result = .failure(error) }
      await web.shutdown()
      try result.get()
    }
  }

  static func start(_ config: Config, _ web: WebClient) async throws {
    guard !config.signers.isEmpty else { throw LaneError.cannotStart("SIGNING_KEY_FILE holds no Ed25519 key") }
    let paths = LedgerPaths(folder: config.ledger)
    let keys = SigningKeys(config.signers)
    let checkpointer = Checkpointer(paths: paths, keys: keys, policy: config.witnesses)
    let witnesses = WitnessClient(checkpointer, web, patience: config.witnessSeconds)
    let seen = await witnesses.largestSeen()
    let absorber = LedgerAbsorber(
      folder: config.ledger, signer: keys.signer.verifier, earlier: keys.verifiers.dropLast(),
      published: {
        let bus = try openBus(config.road)
        defer { bus.close() }
        return try publishedCheckpoint(bus, seal: Seal(key: config.road.sealKey), verifiers: keys.verifiers)
      }, witnessed: seen,
      wall: { Instant.now.microseconds })
    let standing = StandingLanes()
    let sweeper = Sweeper(config.retention, paths, checkpointer, everySeconds: config.retentionSeconds)
    let people = try config.people.map { try KnownPeople($0) }
    var tasks: [Task<Void, Never>] = []
    try await serve(
      AuditDecider(runbooks: config.runbooks), config.road, migrations: Tables.migrations, caller: NoCaller(), absorber: absorber,
      specials: Specials(chore: { road, state in
        standing.follow { state().stopped }
        await CompletenessWatch(road: road, absorber: absorber, paths: paths, stopped: { standing.now }).run()
      })
    ) { router, road in
      Edge(
        road: road, paths: paths, checkpointer: checkpointer, witnesses: witnesses, promises: config.promises, standing: standing,
        runbooks: config.runbooks, endedToken: config.endedToken
      ).addRoutes(router)
      tasks.append(Task { await checkpointer.run(road, everySeconds: config.checkpointSeconds) { absorber.isWriting } })
      tasks.append(Task { await witnesses.run(road) { absorber.isWriting } })
      tasks.append(Task { await sweeper.run(road) { absorber.isWriting } })
      let provider = config.identity.map { Provider($0, web: web) }
      KeepingRoutes(
        road: road, sweeper: sweeper, people: people,
        tokens: people.map { AccessTokens($0.live, provider: provider, logger: road.logger) }, groups: config.holdGroups
      ).add(to: router)
      let budgets = BudgetWatch(road: road, promises: config.promises)
      tasks.append(Task { await budgets.run { absorber.isWriting } })
    }
    for task in tasks { task.cancel() }
    // Where another instance writes the ledger by now, it signs it too.
    guard let folder = try? LedgerFolder(config.ledger) else { return }
    let store = try openStore(config.road.database)
    defer { store.close() }
    try withExtendedLifetime(folder) { _ = try checkpointer.sign(store, at: .now) }
  }
}
