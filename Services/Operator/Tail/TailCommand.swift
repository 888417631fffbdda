import ArgumentParser
import Foundation
import JSON
import KafkaBus
import Messaging
import Synchronization
import UnixSignals
import Wire

/// The options of commands that speak to Kafka.
struct BrokerOptions: ParsableArguments {
  @Option(help: "Kafka's bootstrap servers.") var brokers = "127.0.0.1:9092"
  @Flag(help: "The broker is `countersign broker`, not Kafka.") var embedded = false
  @Option(name: .customLong("kafka"), help: "A librdkafka property, as security.protocol=SASL_SSL; may be given more than once.")
  var properties: [String] = []

  func bus() throws -> KafkaBus {
    var all = ["bootstrap.servers": brokers]
    for property in properties {
      guard let equals = property.firstIndex(of: "=") else { throw ValidationError("--kafka \(property): KEY=VALUE was expected.") }
      all[String(property[..<equals])] = String(property[property.index(after: equals)...])
    }
    return try KafkaBus(properties: all, group: "countersign.operator", embedded: embedded)
  }
}

/// Follows a topic.
struct TailCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tail", abstract: "Follows a topic: a line for each record, until Ctrl-C.",
    discussion: "Nothing is committed and no group is joined: it can be run beside anything.")

  enum Start: String, ExpressibleByArgument, CaseIterable { case beginning, end }

  @Argument(help: "The topic.") var topic: String
  @Option(help: "Where to begin: \(Start.allCases.map(\.rawValue).joined(separator: " or ")).") var from = Start.end
  @Flag(help: "Shows the bodies too.") var body = false
  @Flag(help: "Prints each record as a line of JSON.") var json = false
  @OptionGroup var broker: BrokerOptions

  func run() async throws {
    let bus = try broker.bus()
    defer { bus.close() }
    let stopped = StopFlag()
    let signals = Task {
      for await _ in await UnixSignalsSequence(trapping: .sigterm, .sigint) { break }
      stopped.set()
      bus.wake()
    }
    defer { signals.cancel() }
    do { try bus.assign(try positions(bus)) } catch let error as BusError {
      throw OperatorError(
        error.kind == .unknownTopic
          ? "There is no topic \(topic). Known: \(Topic.all.map(\.name).joined(separator: ", "))." : "\(error)")
    }
    while !stopped.isSet {
      let polled = try bus.poll(limit: 500, byteLimit: 4 << 20, wait: .milliseconds(200))
      for message in polled.messages { printLine(json ? record(message).text : line(message)) }
      for partition in polled.outOfRange {
        FileHandle.standardError.write(Data("\(partition): records were dropped before they were read\n".utf8))
        try bus.assign(try positions(bus))
      }
    }
  }

  private func positions(_ bus: KafkaBus) throws -> [TopicPartition: Int64] {
    var positions: [TopicPartition: Int64] = [:]
    for partition in 0..<Int32(try bus.partitionCount(of: topic)) {
      let source = TopicPartition(topic, partition)
      let marks = try bus.watermarks(of: source)
      positions[source] = from == .beginning ? marks.low : marks.high
    }
    return positions
  }

  private func line(_ message: Message) -> String {
    let frame = message.frame
    let time = frame.text("ce_time").map { String($0.dropFirst(11).prefix(12)) } ?? "            "
    let type = frame.text("ce_type") ?? "no type"
    let about = frame.text("ce_subject") ?? frame.key.map { String(decoding: $0, as: UTF8.self) } ?? ""
    let facts = Fact.allCases.compactMap { fact in
      frame.headers.first { $0.name == fact.rawValue }?.value.map {
        "\(fact.rawValue.dropFirst(3))=\(Self.brief(clean(String(decoding: $0, as: UTF8.self))))"
      }
    }
    var line = "\(clean(time)) \(message.source.partition)/\(message.offset) \(clean(type)) \(clean(about)) \(facts.joined(separator: " "))"
    if body { line += "\n  " + (frame.body.map { short(clean(String(decoding: $0, as: UTF8.self)), 4_000) } ?? "tombstone") }
    return line
  }

  /// A hash is known by its beginning.
  private static func brief(_ text: String) -> String {
    let isHash = text.utf8.count >= 32 && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    return isHash ? text.prefix(8) + "…" : short(text, 60)
  }

  private func record(_ message: Message) -> JSON {
    let frame = message.frame
    let headers = frame.headers.map { ($0.name, $0.value.map { JSON.string(String(decoding: $0, as: UTF8.self)) } ?? .null) }
    var object = JSONObject([
      ("topic", .string(message.source.topic)), ("partition", .integer(Int64(message.source.partition))),
      ("offset", .integer(message.offset)), ("headers", .object(JSONObject(headers))),
      ("key", frame.key.map { .string(String(decoding: $0, as: UTF8.self)) } ?? .null),
    ])
    if body {
      object["body"] = frame.body.map { bytes in
        (try? JSON.parse(bytes, limits: .stored)) ?? .string(String(decoding: bytes, as: UTF8.self))
      } ?? .null
    }
    return .object(object)
  }
}

/// Set by a signal, read by a loop.
final class StopFlag: Sendable {
  private let flag = Atomic(false)
  var isSet: Bool { flag.load(ordering: .acquiring) }
  func set() { flag.store(true, ordering: .releasing) }
}
