@testable import Lanes
import Messaging
import Storage
import Wire

typealias Dice = SplitMix64

/// Services, their databases and processes, a broker and a clock, on one thread. All that happens follows from the seed.
final class World: @unchecked Sendable {
  static let lanes: Int32 = 2
  static let doorPartitions: Int32 = 3

  let seed: UInt64
  let profile: Profile
  let clock = WorldClock()
  let trap = Trap()
  let seal = Seal(key: Array(repeating: 7, count: 32))
  let broker: MemoryBroker
  let outside: MemoryBus
  var slots: [Slot] = []
  var random: Dice
  /// Whether anything may go wrong now.
  var isChaotic = true
  var depth = 0
  var coverage: [FaultKind: Int] = [:]
  /// How often the step of each service ended its process.
  var traps: [Service: Int] = [:]
  var violations: [String] = []
  var lives = 0
  var calls: [PendingCall] = []
  /// How often each non-repeatable call was performed.
  var executions: [String: Int] = [:]
  /// How many cases ended in which way.
  var ended: [String: Int] = [:]
  let cast: any Cast
  let outsider: Outsider
  var losses = Losses()
  let trace: Bool

  init(seed: UInt64, trace: Bool = false, profiles: [Profile] = Profile.all, cast: any Cast = Clients()) throws {
    self.seed = seed
    self.cast = cast
    self.trace = trace
    random = Dice(seed: seed)
    profile = profiles[Int(seed % UInt64(profiles.count))]
    var topics: [String: Int32] = [:]
    for topic in Topic.all where topic != .broker {
      topics[topic.name] = topic.kind == .internal ? World.lanes : topic.kind == .door ? World.doorPartitions : 1
    }
    broker = MemoryBroker(topics: topics, seed: seed ^ 0xB0)
    outside = broker.client()
    outsider = try Outsider(outside)
    for (service, instances) in try cast.services(self) { slots.append(try Slot(service, instances: instances)) }
  }

  func say(_ text: @autoclosure () -> String) { if trace { print("\(clock.wall) \(text())") } }

  func hit(_ kind: FaultKind, _ text: @autoclosure () -> String) {
    coverage[kind, default: 0] += 1
    say("\(kind): \(text())")
  }

  func violate(_ text: String) {
    say("VIOLATION \(text)")
    if violations.count < 20 { violations.append(text) }
  }

  func chance(_ probability: Double) -> Bool { random.chance(probability) }
  func pick<C: Collection>(_ all: C) -> C.Element? { all.randomElement(using: &random) }
}

/// What kind of misfortune a world is about: some cannot be told apart from a fault of the mechanism when they meet.
enum Profile: CaseIterable {
  /// Kafka that loses the end of a log.
  case kafka
  /// The small broker that forgets everything.
  case forgetful
  /// Databases that are replaced by older backups, all that they said being in the log.
  case restoring
  /// Two processes on one database, and databases that fail over to an older copy under them.
  case shared
  /// Databases replaced by backups when part of what they said was never sent, or while their processes live on: what is
  /// lost must at least be noticed.
  case torn

  static let all: [Profile] = [
    .kafka, .forgetful, .restoring, .shared, .kafka, .forgetful, .restoring, .shared, .shared, .torn,
  ]
  var isForgetful: Bool { self == .forgetful }
  var isExact: Bool { self != .torn }
}

extension Life {
  func noticed(_ alert: LaneAlert) {
    slot.alerts.append(alert)
    world.say("\(instance) alert \(alert.code) \(alert.text)")
  }
}
