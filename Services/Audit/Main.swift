import Host
import Lanes
import Ledger
import Messaging
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
      try await start(config)
    }
  }

  static func start(_ config: Config) async throws {
    guard let signer = config.signer else { throw LaneError.cannotStart("SIGNING_KEY_FILE holds no Ed25519 key") }
    let paths = LedgerPaths(folder: config.ledger)
    let checkpointer = Checkpointer(paths: paths, signer: signer)
    let absorber = LedgerAbsorber(
      folder: config.ledger, signer: signer.verifier,
      published: {
        let bus = try openBus(config.road)
        defer { bus.close() }
        return try publishedCheckpoint(bus, seal: Seal(key: config.road.sealKey), verifier: signer.verifier)
      },
      wall: { Instant.now.microseconds })
    var tasks: [Task<Void, Never>] = []
    try await serve(
      AuditDecider(), config.road, migrations: Tables.migrations, caller: NoCaller(), absorber: absorber
    ) { router, road in
      Edge(road: road, paths: paths, verifier: signer.verifier).addRoutes(router)
      tasks.append(Task { await checkpointer.run(road, everySeconds: config.checkpointSeconds) { absorber.isWriting } })
      tasks.append(Task { await CompletenessWatch(road: road).run { absorber.isWriting } })
    }
    for task in tasks { task.cancel() }
    // Where another instance writes the ledger by now, it signs it too.
    guard let folder = try? LedgerFolder(config.ledger) else { return }
    let store = try openStore(config.road.database)
    defer { store.close() }
    try withExtendedLifetime(folder) { _ = try checkpointer.sign(store, at: .now) }
  }
}
