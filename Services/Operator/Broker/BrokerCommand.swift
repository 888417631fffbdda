import ArgumentParser
import Foundation
import KafkaBus
import UnixSignals
import Wire

/// Hosts the embedded broker until it is told to stop.
struct BrokerCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "broker",
    abstract: "Hosts the embedded broker: Kafka's protocol on one machine, in memory.",
    discussion: """
      For demos, tests and small installations on one machine. It keeps 5 MiB a partition and forgets everything when it \
      stops; the services send again what was not read. Use Apache Kafka where records must outlive the process.
      """)

  @Option(help: "The port at which clients find it, on 127.0.0.1.") var port: UInt16 = 9092
  @Option(help: "Lanes: the partitions of every internal topic.") var lanes: Int32 = 4
  @Option(help: "A further door topic; may be given more than once.") var door: [String] = []

  func validate() throws {
    guard (1...1024).contains(lanes) else { throw ValidationError("--lanes: expected 1 to 1024, found \(lanes).") }
  }

  func run() async throws {
    var topics: [String: Int32] = [:]
    for topic in Topic.all { topics[topic.name] = topic.kind == .table ? 1 : lanes }
    for name in door { topics[name] = lanes }
    let broker = try EmbeddedBroker(topics: topics, port: port) { _, line in
      FileHandle.standardError.write(Data("\(line)\n".utf8))
    }
    let hello = """
      countersign broker listens on 127.0.0.1:\(broker.port), \(topics.count) topics, run \(broker.run)
      It forgets everything when it stops (Ctrl-C).

      """
    FileHandle.standardOutput.write(Data(hello.utf8))
    for await _ in await UnixSignalsSequence(trapping: .sigterm, .sigint) { break }
    broker.stop()
  }
}
