import Host
import Lanes
import Permits
import Vault
import Wire

/// The model-adapter service. Only wiring.
@main struct Main {
  static func main() async {
    await run(.modelAdapter) { settings in
      let config = Config(&settings)
      try settings.finish()
      _ = try config.workflows()
      return config
    } serve: { config in
      try await start(config)
    }
  }

  static func start(_ config: Config) async throws {
    let workflows = try config.workflows()
    let keys = PermitKeys(config.policy)
    let web = WebClient(connections: config.callLimit)
    let result: Result<Void, any Error>
    do { result = .success(try await start(config, workflows, keys, web)) } catch { result = .failure(error) }
    await web.shutdown()
    try result.get()
  }

  private static func start(
    _ config: Config, _ workflows: [String: Workflow], _ keys: PermitKeys, _ web: WebClient
  ) async throws {
    let provider: any Provider =
      switch config.model {
      case .embedded: try EmbeddedProvider(workflows.values)
      case .openai: OpenAIProvider(config.openAI, web: web)
      }
    let decider = ModelDecider(
      workflows: workflows, provider: provider, sealer: Sealer(key: config.vaultKey), clockScale: config.road.clockScale)
    let fetcher = SourceFetcher(
      web: web, base: config.sourceBase, bearer: config.sourceToken, tokeniser: Tokeniser(key: config.tokenKey))
    let caller = AdapterCaller(workflows: workflows, fetcher: fetcher, provider: provider)
    try await serve(decider, config.road, caller: caller, specials: Specials(tune: { $0.callLimit = config.callLimit })) { router, road in
      addAdapterRoutes(router, road, decider, keys)
      guard let source = config.reviewers else { return }
      // One of several reviewers may answer there, and be down while people decide at another: its keys are had before they are needed, and
      // open no more than a look and a private value that the desk has put down as asked for.
      let reviewers = PermitKeys(source, of: "reviewer", stale: .seconds(3_600))
      Task { while (try? await reviewers.current()) == nil { try await Task.sleep(for: .seconds(1)) } }
      let looker = Looker { await fetcher.fetch($0, $1, $2, caseID: $3) }
      LookRoute(looker: looker, workflows: workflows, reviewers: reviewers, now: { road.clock.story }).add(to: router)
      let absent = "This service holds no value for that token of that case."
      RevealRoute(reviewers: reviewers, logger: road.logger, absent: absent) { caseID, token in
        guard let held = try sealed(road.store, caseID) else { return nil }
        return (try? decider.sealer.open(held, caseID: caseID))?[token]
      }.add(to: router)
    }
  }
}
