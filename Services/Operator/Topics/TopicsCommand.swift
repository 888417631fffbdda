import ArgumentParser
import Wire

/// The topic table, for people, for an administrator of Kafka, and for tools.
struct TopicsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "topics", abstract: "The topics: who writes them, who reads them, how long they are kept.",
    discussion: """
      On a Kafka of your own:
        countersign topics --create --partitions 12 | xargs -L1 kafka-topics.sh --bootstrap-server HOST:9092
        countersign topics --acls | xargs -L1 kafka-acls.sh --bootstrap-server HOST:9092
      """)

  @Flag(help: "Arguments of kafka-topics.sh, a line for each topic.") var create = false
  @Option(help: "Partitions of internal topics and doors, for --create; the services' LANES.") var partitions = 12
  @Option(help: "Replicas, for --create.") var replicas = 3
  @Flag(help: "Arguments of kafka-acls.sh: each service may do what the table says, and no more.") var acls = false
  @Option(help: "Before the names of services in the principals of --acls.") var principal = "User:countersign-"
  @Flag(help: "An AsyncAPI 3.0 document.") var asyncapi = false

  func validate() throws {
    guard [create, acls, asyncapi].count(where: { $0 }) <= 1 else {
      throw ValidationError("One of --create, --acls and --asyncapi.")
    }
    guard (1...1024).contains(partitions) else { throw ValidationError("--partitions: 1 to 1024 was expected.") }
    guard (1...15).contains(replicas) else { throw ValidationError("--replicas: 1 to 15 was expected.") }
  }

  func run() {
    if create { return TopicTools.creations(partitions: partitions, replicas: replicas).forEach { printLine($0) } }
    if acls { return TopicTools.acls(principal: principal).forEach { printLine($0) } }
    if asyncapi { return AsyncAPI.document.forEach { printLine($0) } }
    for topic in Topic.all {
      let readers = TopicTools.readers(of: topic).map(\.rawValue).joined(separator: ", ")
      printLine(
        "\(topic.name)  \(topic.kind)  \(topic.writer?.rawValue ?? "outsiders") -> \(readers.isEmpty ? "outsiders" : readers)  \(topic.retentionHours) h"
      )
    }
  }
}
