import Foundation
import Testing

/// People who work at one case at once, in a thousand orders. `COUNTERSIGN_DESK_SEED` replays one and tells it.
@Suite struct InterleavingTests {
  @Test func aThousandOrdersHaveOneWinnerEach() throws {
    if let text = ProcessInfo.processInfo.environment["COUNTERSIGN_DESK_SEED"], let seed = UInt64(text) {
      let one = try Interleaving(seed: seed)
      try one.run()
      print(one.trace.joined(separator: "\n"))
      #expect(one.broken.isEmpty, "\(one.broken.joined(separator: "; "))")
      return
    }
    var ends: [String: Int] = [:]
    for seed in UInt64(1)...1_000 {
      let one = try Interleaving(seed: seed)
      try one.run()
      ends[one.outcome ?? "none", default: 0] += 1
      #expect(one.broken.isEmpty, "COUNTERSIGN_DESK_SEED=\(seed) replays it: \(one.broken.prefix(3).joined(separator: "; "))")
    }
    print("interleavings: \(ends.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", "))")
    // Each way in which a case can end was seen: the orders are not all alike.
    for end in ["executed", "rejected", "withdrawn"] { #expect(ends[end, default: 0] >= 20, "\(end): \(ends)") }
  }

  @Test func aSeedIsOneOrder() throws {
    for seed in UInt64(1)...5 {
      let (first, second) = (try Interleaving(seed: seed), try Interleaving(seed: seed))
      try first.run()
      try second.run()
      #expect(first.trace == second.trace && !first.trace.isEmpty)
    }
  }
}
