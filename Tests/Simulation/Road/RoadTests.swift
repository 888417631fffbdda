import Foundation
import Testing
import Wire

/// The five services as they are, under everything that may happen to them.
@Suite("Road", .serialized) struct RoadTests {
  private static let environment = ProcessInfo.processInfo.environment
  /// How often each misfortune must have happened in a run of 200 worlds, and a trap in each of the services.
  private static let often = 10

  @Test("each accepted item has one outcome and each effect happens once, in every world") func worlds() throws {
    let one = Self.environment["COUNTERSIGN_ROAD_SEED"].flatMap(UInt64.init)
    let first = Self.environment["COUNTERSIGN_ROAD_FIRST"].flatMap(UInt64.init) ?? 0
    let count = Self.environment["COUNTERSIGN_ROAD_SEEDS"].flatMap(UInt64.init) ?? 200
    let enough = Self.environment["COUNTERSIGN_FAILURES"].flatMap(Int.init) ?? 5
    var ended: [String: Int] = [:]
    var coverage: [FaultKind: Int] = [:]
    var traps: [Service: Int] = [:]
    var failures = 0
    for seed in one.map({ $0..<$0 + 1 }) ?? first..<first + count {
      let world = try World(seed: seed, trace: one != nil, cast: Road())
      try world.run(steps: 200)
      ended.merge(world.ended, uniquingKeysWith: +)
      coverage.merge(world.coverage, uniquingKeysWith: +)
      traps.merge(world.traps, uniquingKeysWith: +)
      guard !world.violations.isEmpty else { continue }
      failures += 1
      Issue.record(
        """
        seed \(seed) (\(world.profile)): \(world.violations.joined(separator: "\n  "))
        replay: COUNTERSIGN_ROAD_SEED=\(seed) swift test -c release -Xswiftc -enable-testing --filter RoadTests
        """)
      if failures == enough { break }
    }
    print("outcomes of roads: \(ended.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", "))")
    guard one == nil, failures == 0 else { return }
    // Nothing is lost for good on a road: whom a loss concerns can be told of toys only.
    let kinds = FaultKind.allCases.filter { $0 != .logLost }
    print(coverageTable("roads", kinds.map { ($0.rawValue, coverage[$0] ?? 0) }))
    print(coverageTable("roads", Service.allCases.map { ("trap in \($0.rawValue)", traps[$0] ?? 0) }))
    guard count >= 200 else { return }
    for kind in kinds { #expect(coverage[kind] ?? 0 >= Self.often, "\(kind) happened \(coverage[kind] ?? 0) times") }
    for service in Service.allCases { #expect(traps[service] ?? 0 >= Self.often, "a trap in \(service)") }
  }
}
