import Lanes
import Permits
import Storage
import Workflows

@testable import countersign_policy

/// The policy service of a road.
enum RoadPolicy {
  private static let decider = Result {
    PolicyDecider(
      shelf: try Shelf.open(
        SQLiteStore(path: ":memory:", readers: 0), folders: RoadParts.workflows,
        genesis: Result {
          try Genesis.found(
            RoadParts.workflows.map { try WorkflowFolder($0) }, by: [], at: WorldClock().wall, key: RoadParts.policy.get())
        }, operators: KeySet([RoadParts.policy.get().verification]), now: WorldClock().wall),
      signing: [try RoadParts.policy.get()], reviewers: KeySet([try RoadParts.reviewer.get().verification]),
      seeds: Seeds(key: [UInt8](repeating: 5, count: 32), seconds: 60), holders: Holders(intake: "http://intake", modelAdapter: "http://adapter"),
      clockScale: 1, permitMinutes: 5)
  }

  static func service(_ trap: Trap) throws -> SimulatedService {
    SimulatedService(Trapping(inner: try decider.get(), trap: trap), recordLimit: 900_000)
  }
}
