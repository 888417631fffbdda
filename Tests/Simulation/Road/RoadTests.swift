import Foundation
import Testing

/// The five services as they are, under everything that may happen to them.
@Suite("Road", .serialized) struct RoadTests {
  private static let environment = ProcessInfo.processInfo.environment

  @Test("each accepted item has one outcome and each effect happens once, in every world") func worlds() throws {
    let one = Self.environment["COUNTERSIGN_ROAD_SEED"].flatMap(UInt64.init)
    let count = Self.environment["COUNTERSIGN_ROAD_SEEDS"].flatMap(UInt64.init) ?? 60
    var ended: [String: Int] = [:]
    var failures = 0
    for seed in one.map({ $0..<$0 + 1 }) ?? 0..<count {
      let world = try World(
        seed: seed, trace: one != nil, profiles: [.kafka, .forgetful, .restoring, .shared], cast: Road())
      try world.run(steps: 200)
      ended.merge(world.ended, uniquingKeysWith: +)
      guard !world.violations.isEmpty else { continue }
      failures += 1
      Issue.record(
        """
        seed \(seed) (\(world.profile)): \(world.violations.joined(separator: "\n  "))
        replay: COUNTERSIGN_ROAD_SEED=\(seed) swift test -c release -Xswiftc -enable-testing --filter RoadTests
        """)
      if failures == 5 { break }
    }
    print("outcomes of roads: \(ended.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", "))")
  }
}
