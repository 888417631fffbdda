import Foundation
import KafkaBus
import Messaging
import Wire

extension DoctorCommand {
  /// Records that may wait before a reader that does not move is called stuck.
  private static let lagLimit: Int64 = 1_000

  /// Broker, topics, partitions, and how far the readers are.
  func checkBroker() -> [Check] {
    let bus: KafkaBus
    do { bus = try broker.bus() } catch {
      return [.red("broker", "\(error)", remedy: "Mend --brokers or --kafka.")]
    }
    defer { bus.close() }
    do { _ = try bus.partitionCount(of: Topic.cases.name) } catch where error.kind == .unavailable {
      return [.red("broker", "no answer at \(broker.brokers)", remedy: "Start Kafka or `countersign broker`, or name it with --brokers.")]
    } catch where error.kind == .denied {
      return [.red("broker", "\(error)", remedy: "Give credentials with --kafka security.protocol=… and the like.")]
    } catch {}
    let topics = checkTopics(bus)
    return [topics] + (topics.isGreen ? Service.allCases.map { checkLag($0, bus) } : [])
  }

  private func checkTopics(_ bus: KafkaBus) -> Check {
    var wrong: [String] = []
    for topic in Topic.all where topic.kind != .door && topic != .broker {
      let wanted = topic.kind == .table ? 1 : lanes
      let count = (try? bus.partitionCount(of: topic.name)) ?? 0
      if count != wanted { wrong.append("\(topic.name) has \(count) partitions, expected \(wanted)") }
    }
    guard !wrong.isEmpty else { return .green("broker", "\(Topic.all.count) topics with \(lanes) lanes at \(broker.brokers)") }
    return .red(
      "broker", wrong.prefix(3).joined(separator: "; ") + (wrong.count > 3 ? "; \(wrong.count - 3) more" : ""),
      remedy: "Create the topics with the services' LANES, or tell this command with --lanes.")
  }

  private func checkLag(_ service: Service, _ bus: KafkaBus) -> Check {
    let name = "\(service.rawValue) lag"
    do {
      let first = try lag(of: service, bus)
      guard first.lag > Self.lagLimit else { return .green(name, "\(first.lag) records wait") }
      Thread.sleep(forTimeInterval: 1)
      let second = try lag(of: service, bus)
      guard second.read <= first.read else { return .green(name, "\(second.lag) records wait, it reads \(second.read - first.read) a second") }
      return .red(name, "\(second.lag) records wait and it does not move", remedy: "See \(service.rawValue) above and its log.")
    } catch {
      return .red(name, "\(error)", remedy: "See the broker above.")
    }
  }

  private func lag(of service: Service, _ bus: KafkaBus) throws -> (lag: Int64, read: Int64) {
    let topics = Topic.all.filter {
      $0.kind != .table && ($0.readers.contains(service) || (service == .audit && $0.kind == .internal && $0.writer != .audit))
    }
    var partitions: [TopicPartition: Watermarks] = [:]
    for topic in topics {
      for partition in 0..<Int32(try bus.partitionCount(of: topic.name)) {
        let source = TopicPartition(topic.name, partition)
        partitions[source] = try bus.watermarks(of: source)
      }
    }
    let committed = try bus.committed(by: service.group, Array(partitions.keys))
    var lag: Int64 = 0, read: Int64 = 0
    for (source, marks) in partitions {
      let at = min(max(committed[source] ?? marks.low, marks.low), marks.high)
      lag += marks.high - at
      read += at
    }
    return (lag, read)
  }
}
