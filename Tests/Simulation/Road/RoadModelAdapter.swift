import JSON
import Lanes
import Permits
import Vault
import Wire

@testable import countersign_model_adapter

/// The model-adapter of a road, with the embedded provider and a system of record in memory.
enum RoadModelAdapter {
  private static let decider = Result {
    let workflows = try RoadParts.workflows.map { try Workflow(folder: $0) }
    return ModelDecider(
      workflows: Dictionary(workflows.map { ($0.name, $0) }) { first, _ in first }, provider: try EmbeddedProvider(workflows),
      sealer: Sealer(key: RoadParts.vaultKey), clockScale: 1)
  }

  static func service(_ record: RoadRecord, _ trap: Trap) throws -> SimulatedService {
    SimulatedService(
      Trapping(inner: try decider.get(), trap: trap), recordLimit: 900_000,
      result: { call, key, world in .source(fetch(call, key, record, world)) })
  }

  /// As `SourceFetcher` does, without a network.
  private static func fetch(_ call: AdapterCall, _ key: String, _ record: RoadRecord, _ world: World) -> Fetched {
    let ticket = call.request.data["ticket"]?.string ?? ""
    if world.isChaotic, world.chance(0.05) { return Fetched(outcome: .failed("could not be reached")) }
    guard let state = record.state(of: "/tickets/\(ticket)") else { return Fetched(outcome: .missing) }
    var fetched = Fetched(outcome: .found(id: "/tickets/\(ticket)", fields: state, score: nil, age: 0))
    let salt = Array(sha256(Array("\(key)/\(world.clock.wall)".utf8)).prefix(16))
    fetched.pre = preconditionDigest(state, salt: salt)
    fetched.salt = String(decoding: base64url(salt), as: UTF8.self)
    return fetched
  }
}
