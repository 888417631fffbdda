import Foundation
import HTTPTypes
import Hummingbird
import Identity
import JSON
import Lanes
import Logging
import SignOn
import Storage
import Wire

@testable import Host
@testable import countersign_reviewer

/// The whole reviewer service behind its real routes, on a bus and a database in memory.
struct DeskHouse: Sendable {
  let url: String
  let store: any Store
  let sessions: Sessions

  /// - Parameters:
  ///   - prepare: speaks to the rig before anybody asks.
  ///   - more: routes besides the reviewer's own, as a careless change would add them.
  static func open(
    people: People = DeskFixture.people, provider: Provider? = nil, isDemo: Bool = true, policy: PolicyDoor? = nil, cases: CaseDoor? = nil, sources: SourceDoor? = nil,
    audit: AuditDoor? = nil, vault: VaultDoor? = nil,
    prepare: (DeskRig) throws -> Void = { _ in },
    more: (Router<BasicRequestContext>) -> Void = { _ in }, _ body: @escaping @Sendable (DeskHouse) async throws -> Void
  ) async throws {
    let rig = try DeskRig(people: people, looksAgain: sources != nil)
    try prepare(rig)
    var settings = Settings(file: "DATABASE=sqlite::memory:")
    let config = RoadConfig(.reviewer, port: 0, &settings)
    let road = Road(
      config: config, mailbox: rig.door, store: rig.store, clock: SystemClock(scale: 1, origin: DeskFixture.now), metrics: Metrics(),
      logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }), lanes: { [] })
    let routes = DeskRoutes(
      road: road, decider: rig.decider, people: LivePeople(people), provider: provider, publicURL: "http://desk.example", isDemo: isDemo,
      seed: DeskFixture.key, live: LiveFeed(), policy: policy, cases: cases, sources: sources, vault: vault, audit: audit)
    let router = Router()
    router.addMiddleware { ProblemMiddleware() }
    for path in ["/healthz", "/readyz", "/metrics"] { router.get(RouterPath(path)) { _, _ in Response(status: .ok) } }
    router.post("/v1/operator/accept-loss") { _, _ in Response(status: .forbidden) }
    more(router)
    try routes.add(to: router)

    let store = rig.store
    nonisolated(unsafe) let working = rig
    try await whileWorking({ isOver in try? working.pump { isOver() } }) {
      try await withServer(router) { url in
        try await body(DeskHouse(url: url, store: store, sessions: Sessions(seed: DeskFixture.key, isSecure: false)))
      }
    }
  }
}
