import Foundation
import Testing
import Wire

/// What happened in the worlds of a run of seeds, added up.
struct Worlds: Sendable {
  var coverage: [FaultKind: Int] = [:]
  var ended: [String: Int] = [:]
  var traps: [Service: Int] = [:]
  /// Seeds whose world broke a promise.
  var broken: [UInt64] = []

  /// Runs the world of each seed, as many at once as there are cores: each is determined by its seed alone.
  ///
  /// - Parameters:
  ///   - enough: with so many worlds that broke a promise no other one begins.
  ///   - replay: the option of `deploy/test` that runs one of them with a trace.
  ///   - world: makes the world of a seed and runs it to its end.
  static func run(
    _ seeds: Range<UInt64>, enough: Int, replay: String, _ world: @escaping @Sendable (UInt64) throws -> World
  ) async throws -> Worlds {
    try await withThrowingTaskGroup(of: Worlds.self) { group in
      var all = Worlds()
      var rest = seeds
      for _ in 0..<ProcessInfo.processInfo.activeProcessorCount {
        if let seed = rest.popFirst() { group.addTask { try one(seed, replay, world) } }
      }
      while let ran = try await group.next() {
        all.coverage.merge(ran.coverage, uniquingKeysWith: +)
        all.ended.merge(ran.ended, uniquingKeysWith: +)
        all.traps.merge(ran.traps, uniquingKeysWith: +)
        all.broken += ran.broken
        if all.broken.count < enough, let seed = rest.popFirst() { group.addTask { try one(seed, replay, world) } }
      }
      return all
    }
  }

  private static func one(_ seed: UInt64, _ replay: String, _ world: (UInt64) throws -> World) throws -> Worlds {
    let world = try world(seed)
    if !world.violations.isEmpty {
      Issue.record(
        """
        seed \(seed) (\(world.profile)): \(world.violations.joined(separator: "\n  "))
        replay: ./deploy/test \(replay) \(seed)
        """)
    }
    return Worlds(
      coverage: world.coverage, ended: world.ended, traps: world.traps, broken: world.violations.isEmpty ? [] : [seed])
  }
}
