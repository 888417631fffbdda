import Foundation
import Testing

/// The mechanism under everything that may happen to it, in worlds that a seed determines.
@Suite("Simulation", .serialized) struct SimulationTests {
  private static let environment = ProcessInfo.processInfo.environment

  @Test("keeps every promise in every world") func worlds() throws {
    let one = Self.environment["COUNTERSIGN_SEED"].flatMap(UInt64.init)
    let first = Self.environment["COUNTERSIGN_FIRST"].flatMap(UInt64.init) ?? 0
    let count = Self.environment["COUNTERSIGN_SEEDS"].flatMap(UInt64.init) ?? 200
    let enough = Self.environment["COUNTERSIGN_FAILURES"].flatMap(Int.init) ?? 5
    var coverage: [FaultKind: Int] = [:]
    var failures = 0
    for seed in one.map({ $0..<$0 + 1 }) ?? first..<first + count {
      let world = try World(seed: seed, trace: one != nil)
      try world.run()
      coverage.merge(world.coverage, uniquingKeysWith: +)
      guard !world.violations.isEmpty else { continue }
      failures += 1
      Issue.record(
        """
        seed \(seed) (\(world.profile)): \(world.violations.joined(separator: "\n  "))
        replay: COUNTERSIGN_SEED=\(seed) swift test -c release -Xswiftc -enable-testing --filter SimulationTests
        """)
      if failures == enough { break }
    }
    guard one == nil, failures == 0 else { return }
    print(coverageTable("toys ", FaultKind.allCases.map { ($0.rawValue, coverage[$0] ?? 0) }))
    for kind in FaultKind.allCases where count >= 200 { #expect(coverage[kind] ?? 0 > 0, "\(kind) never happened") }
  }
}
