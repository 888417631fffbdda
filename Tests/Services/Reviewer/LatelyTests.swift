import Synchronization
import Testing

@testable import countersign_reviewer

/// Sums over very many tasks are of a moment ago; over few they are of now.
@Suite struct LatelyTests {
  private final class Clock: Sendable {
    private let began = ContinuousClock.now
    let passed = Mutex(Duration.zero)
    var now: ContinuousClock.Instant { began + passed.withLock { $0 } }
  }

  /// A sum that counts how often it was found.
  private final class Found: Sendable {
    let times = Mutex(0)
    private let clock = Clock()
    private let lately: Lately<Int>

    init() { lately = Lately { [clock] in clock.now } }

    func pass(_ seconds: Int) { clock.passed.withLock { $0 += .seconds(seconds) } }

    func ask(_ key: String = "", rows: Int) throws -> Int {
      try lately.value(key) { [self] in
        let count = times.withLock { times in
          times += 1
          return times
        }
        return (count, rows)
      }
    }
  }

  @Test func fewAreCountedEachTime() throws {
    let found = Found()
    #expect(try [found.ask(rows: 19_999), found.ask(rows: 19_999)] == [1, 2])
  }

  @Test func ofManyAMomentOldIsGoodEnough() throws {
    let found = Found()
    #expect(try [found.ask(rows: 20_000), found.ask(rows: 20_000), found.ask("other", rows: 20_000)] == [1, 1, 2])
  }

  @Test func whatIsOldIsFoundAnewMeanwhile() async throws {
    let found = Found()
    _ = try found.ask(rows: 20_000)
    found.pass(1)
    #expect(try found.ask(rows: 20_000) == 1, "nobody waits")
    while found.times.withLock({ $0 }) < 2 { await Task.yield() }
    var now = 1
    while now == 1 { now = try found.ask(rows: 20_000) }
    #expect(now == 2)
    found.pass(10)
    #expect(try found.ask(rows: 5) == 3, "nobody gets what is older than ten seconds")
    #expect(try found.ask(rows: 5) == 4, "and few are counted each time again")
  }
}
