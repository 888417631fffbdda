import Foundation
import Host
import Hummingbird
import Identity
import Lanes
import SignOn
import Wire

/// All routes of the reviewer, behind one gate.
struct DeskRoutes: Sendable {
  let road: Road<ReviewerDecider>
  let decider: ReviewerDecider
  let people: LivePeople
  /// Nil where people do not sign in by an identity provider.
  let provider: Provider?
  let publicURL: String
  let isDemo: Bool
  let seed: [UInt8]
  let live: LiveFeed
  /// Nil where nobody has told where policy answers.
  var policy: PolicyDoor?
  /// Nil where nobody has told where intake answers.
  var cases: CaseDoor?
  /// Nil where nobody has told where model-adapter answers.
  var sources: SourceDoor?
  /// Nil where nobody has told where private values are kept.
  var vault: VaultDoor?
  /// Nil where nobody has told where audit answers.
  var audit: AuditDoor?
  /// Nil where no address of policy's is configured: then nobody's key can be registered here.
  var keys: KeyDesk?

  /// - Throws: `AccessError` where the table of access and the routes differ.
  func add(to router: Router<BasicRequestContext>) throws {
    let keeper = keeper
    let sessions = Sessions(seed: seed, isSecure: publicURL.hasPrefix("https://"))
    let shelf = keeper?.shelf
    let tokens = AccessTokens(people, provider: provider, logger: road.logger) { try await shelf?.ended($0) }
    let doors = Doors(people: people, tokens: tokens, sessions: sessions, isDemo: isDemo, keeper: keeper)
    let edge = Edge(road: road, decider: decider, drafts: DraftShelf(store: road.store, seed: seed), keys: keys, sources: sources)
    let pages = PageRoutes(edge: edge, sessions: sessions, isDemo: isDemo, hasProvider: keeper != nil, keys: keys)
    let gate = Gate(doors: doors, decider: decider, store: road.store, pages: pages, now: { road.clock.story })
    router.add(middleware: gate)
    edge.addAPI(router)
    edge.addDrafts(router)
    edge.addMemory(router)
    edge.addSources(router)
    pages.add(to: router)
    pages.addPreview(router)
    pages.addMemory(router)
    edge.addGlass(router)
    pages.addGlass(router)
    RevealRoutes(pages: pages, vault: vault).add(to: router)
    edge.addAbsences(router)
    pages.addAbsences(router)
    GovernanceRoutes(pages: pages, policy: policy).add(to: router)
    ReopenRoutes(pages: pages, door: cases).add(to: router)
    OverviewRoutes(pages: pages, audit: audit).add(to: router)
    PreferenceRoutes(pages: pages).add(to: router)
    OwnKeyRoutes(pages: pages, desk: keys, keeper: keeper).add(to: router)
    if let keeper {
      ProviderRoutes(keeper: keeper, sessions: sessions, publicURL: publicURL, seed: seed, pages: pages, logger: road.logger).add(to: router)
    }
    let name = { @Sendable (id: String) in people.now.person(id: id)?.name ?? id }
    let maySee = { @Sendable (person: Person, key: String) in await gate.maySee(person, key) }
    LiveRoutes(feed: live, store: road.store, person: { try? await doors.bearer($0).person }, maySee: maySee, name: name).add("/v1/live", to: router)
    LiveRoutes(feed: live, store: road.store, person: { (try? await doors.visitor($0))?.person }, maySee: maySee, name: name).add("/live", to: router)
    try gate.check(router)
  }

  /// What goes on beside the routes until the service stops.
  func work() async {
    let keeper = keeper
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await live.watch(road.store) }
      group.addTask { await decider.absences.watch(road.store, road.logger) { road.clock.story } }
      group.addTask { await CaseMemory(store: road.store).forget { road.clock.story } }
      if let keeper { group.addTask { await keeper.sweep() } }
    }
  }

  /// Nil where there is no provider.
  private var keeper: SessionKeeper? {
    provider.map { provider in
      let ending = AccessEnding(
        store: road.store,
        perform: { key, person, command in try await road.perform(UUID().uuidString.lowercased()) { _ in .command(key, person, command) } },
        logger: road.logger)
      return SessionKeeper(
        provider: provider, shelf: SessionShelf(store: road.store, seed: seed), directory: people, ending: ending, logger: road.logger)
    }
  }
}
