import Foundation
import Testing

/// The mechanism under everything that may happen to it, in worlds that a seed determines.
@Suite("Simulation", .serialized) struct SimulationTests {
  private static let environment = ProcessInfo.processInfo.environment

  @Test("keeps every promise in every world") func worlds() async throws {
    let one = Self.environment["COUNTERSIGN_SEED"].flatMap(UInt64.init)
    let first = Self.environment["COUNTERSIGN_FIRST"].flatMap(UInt64.init) ?? 0
    let count = Self.environment["COUNTERSIGN_SEEDS"].flatMap(UInt64.init) ?? 200
    let enough = Self.environment["COUNTERSIGN_FAILURES"].flatMap(Int.init) ?? 5
    let seeds = one.map { $0..<$0 + 1 } ?? first..<first + count
    let worlds = try await Worlds.run(seeds, enough: enough, replay: "--seed") { seed in
      let world = try World(seed: seed, trace: one != nil)
      try world.run()
      return world
    }
    guard one == nil, worlds.broken.isEmpty else { return }
    print(coverageTable("toys ", FaultKind.allCases.map { ($0.rawValue, worlds.coverage[$0] ?? 0) }))
    for kind in FaultKind.allCases where count >= 200 { #expect(worlds.coverage[kind] ?? 0 > 0, "\(kind) never happened") }
  }
}
