import KafkaBus
import Messaging

/// The implementations that keep the bus's contract.
enum Implementation: CaseIterable, Sendable { case memory, embedded }

/// A broker with topics `a` (1 partition), `b` (3) and `c` (1), and its clients.
final class Brokers: Sendable {
  private static let topics: [String: Int32] = ["a": 1, "b": 3, "c": 1]

  private let memory: MemoryBroker?
  private let embedded: EmbeddedBroker?

  init(_ implementation: Implementation) throws {
    memory = implementation == .memory ? MemoryBroker(topics: Brokers.topics, seed: 1) : nil
    embedded = implementation == .embedded ? try EmbeddedBroker(topics: Brokers.topics) : nil
  }

  func client(group: String = "countersign.test") throws -> any Bus {
    if let memory { return memory.client() }
    return try kafka(embedded?.port ?? 0, group: group)
  }

  func stop() { embedded?.stop() }
}

func kafka(_ port: UInt16, group: String = "countersign.test", _ more: [String: String] = [:]) throws -> KafkaBus {
  let properties = ["bootstrap.servers": "127.0.0.1:\(port)"].merging(more) { $1 }
  return try KafkaBus(properties: properties, group: group, embedded: true)
}

/// A client of a broker of its own, both closed afterwards.
func withBus(_ implementation: Implementation, _ body: (any Bus, Brokers) throws -> Void) throws {
  let brokers = try Brokers(implementation)
  defer { brokers.stop() }
  let bus = try brokers.client()
  defer { bus.close() }
  try body(bus, brokers)
}

let a = TopicPartition("a", 0)
let c = TopicPartition("c", 0)
func b(_ partition: Int32) -> TopicPartition { TopicPartition("b", partition) }
