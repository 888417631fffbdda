import Foundation
import Testing
import Wire

/// The five services as they are, under everything that may happen to them.
@Suite("Road", .serialized) struct RoadTests {
  private static let environment = ProcessInfo.processInfo.environment
  /// How often each misfortune must have happened in a run of 200 worlds, and a trap in each of the services.
  private static let often = 10

  @Test("each accepted item has one outcome and each effect happens once, in every world") func worlds() async throws {
    let one = Self.environment["COUNTERSIGN_ROAD_SEED"].flatMap(UInt64.init)
    let first = Self.environment["COUNTERSIGN_ROAD_FIRST"].flatMap(UInt64.init) ?? 0
    let count = Self.environment["COUNTERSIGN_ROAD_SEEDS"].flatMap(UInt64.init) ?? 200
    let enough = Self.environment["COUNTERSIGN_FAILURES"].flatMap(Int.init) ?? 5
    let seeds = one.map { $0..<$0 + 1 } ?? first..<first + count
    let worlds = try await Worlds.run(seeds, enough: enough, replay: "--road") { seed in
      let world = try World(seed: seed, trace: one != nil, cast: Road())
      try world.run(steps: 200)
      return world
    }
    print("outcomes of roads: \(worlds.ended.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", "))")
    guard one == nil, worlds.broken.isEmpty else { return }
    // Nothing is lost for good on a road: whom a loss concerns can be told of toys only.
    let kinds = FaultKind.allCases.filter { $0 != .logLost }
    print(coverageTable("roads", kinds.map { ($0.rawValue, worlds.coverage[$0] ?? 0) }))
    print(coverageTable("roads", Service.allCases.map { ("trap in \($0.rawValue)", worlds.traps[$0] ?? 0) }))
    guard count >= 200 else { return }
    for kind in kinds { #expect(worlds.coverage[kind] ?? 0 >= Self.often, "\(kind) happened \(worlds.coverage[kind] ?? 0) times") }
    for service in Service.allCases { #expect(worlds.traps[service] ?? 0 >= Self.often, "a trap in \(service)") }
  }
}
