import Messaging
import Storage
import Wire

/// Who acts in a world: its services, and those outside of them.
protocol Cast: AnyObject {
  /// Each service with the number of instances that share its database. The last one reads all that the others say.
  func services(_ world: World) throws -> [(service: SimulatedService, instances: Int)]

  /// The streams of a service of which a log may lose its end.
  func streams(of service: Service) -> [Topic]

  /// Whether a log may lose records for good: what they concern must then be told apart (`Losses`).
  var mayLose: Bool { get }

  /// A service has committed a record.
  func said(_ frame: Frame, on topic: String)

  /// Something comes from outside, in troubled times.
  ///
  /// - Parameter roll: 0 to 20.
  func act(_ world: World, roll: Int) throws

  /// Those outside do what they owe, also when peace has come.
  func serve(_ world: World) throws

  /// An answer is a promise: it may say only what is durable.
  func checkAnswers(_ world: World)

  /// A process has ended.
  func buried(_ life: Life, _ world: World) throws

  /// The broker has forgotten what lay at its doors.
  func forget(_ world: World) throws

  /// Whether this state should come to its end by itself.
  func isOpen(_ row: Row, of slot: Slot) -> Bool

  /// What became of all that came in, as the last service saw it, in a world that has come to rest.
  func checkItems(_ world: World) throws
}

extension Cast {
  func buried(_ life: Life, _ world: World) {}
}

/// What those outside write with.
final class Outsider {
  private let producer: any Producer
  private var sent: Int64 = 0

  init(_ bus: MemoryBus) throws { producer = try bus.makeProducer() }

  func put(
    _ partition: TopicPartition, key: String, body: [UInt8], headers: [(String, String)] = [], _ world: World
  ) {
    var frame = FrameWriter()
    frame.begin(key: key.utf8, body: body)
    for (name, value) in headers { frame.header(name, value) }
    frame.end()
    sent += 1
    world.broker.nextRow(.deliver)
    _ = try? producer.send(Outgoing(id: sent, partition: partition, frames: frame.bytes, count: 1))
    _ = producer.reports()
  }
}
