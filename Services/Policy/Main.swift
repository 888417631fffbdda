import Bundles
import Foundation
import Host
import Lanes
import Permits
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
    } serve: { config in
      try await start(config)
    }
  }

  static func start(_ config: Config) async throws {
    guard let signing = config.signing else { throw LaneError.cannotStart("SIGNING_KEY_FILE holds no Ed25519 key") }
    let store = try openStore(config.road.database)
    let shelf = try Shelf.open(store, folders: config.folders, now: .now)
    let ignored = shelf.ignored.map {
      "\($0)/policy.yaml differs from the bundle in force and is ignored; propose a change instead"
    }
    for text in ignored { FileHandle.standardError.write(Data("warning: \(text)\n".utf8)) }
    let reviewers = AwaitedKeys(config.reviewers)
    let decider = PolicyDecider(
      shelf: shelf, signing: signing, reviewers: KeySet([]), seeds: config.seeds,
      holders: config.holders, clockScale: config.road.clockScale, permitMinutes: config.permitMinutes)
    try await serve(
      decider, config.road, migrations: [Shelf.migration], caller: NoCaller(), store: store,
      specials: Specials(
        prepared: {
          var decider = decider
          decider.reviewers = try reviewers.get()
          return decider
        },
        tune: { lanes in lanes.openings = ignored.map { LaneAlert(code: .bundleIgnored, lane: 0, text: $0) } },
        chore: { road, lanes in
          await reviewers.wait()
          await Governance(shelf: shelf, key: signing.verification).publish(road, lanes)
        })
    ) { router, road in
      addPolicyRoutes(router, road, decider)
    }
  }
}
