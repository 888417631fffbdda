import Wire

/// What an administrator of Kafka needs from the topic table.
enum TopicTools {
  /// Our services that read a topic.
  static func readers(of topic: Topic) -> [Service] {
    let audits = topic.kind == .internal && topic.writer != .audit && !topic.readers.contains(.audit)
    return topic.readers + (audits ? [.audit] : [])
  }

  /// Arguments of `kafka-topics.sh`.
  static func creations(partitions: Int, replicas: Int) -> [String] {
    // The embedded broker's own topic is not there on Kafka.
    Topic.all.filter { $0 != .broker }.map { topic in
      let count = topic.kind == .table ? 1 : partitions
      let retention =
        topic.kind == .table
        ? "--config cleanup.policy=compact" : "--config retention.ms=\(topic.retentionHours * 3_600_000)"
      return "--create --if-not-exists --topic \(topic.name) --partitions \(count) --replication-factor \(replicas) "
        + "--config min.insync.replicas=\(max(1, replicas - 1)) --config max.message.bytes=1000000 \(retention)"
    }
  }

  /// Who is outside, by what it does; each is a principal of its own.
  static let outsiders: [(name: String, writes: [Topic], reads: [Topic])] = [
    ("producer", [.intake], [.replies, .outcomes]),
    ("executor", [.executions], [.permits]),
    ("frontend", [], [.reviews, .openReviews, .reviewsRequested]),
    ("alerting", [], [.escalations, .alerts]),
    ("witness", [], [.checkpoints]),
    ("observer", [], [.governance, .people, .budgets]),
  ]

  /// Arguments of `kafka-acls.sh`: a service writes what the table gives it to write, and reads its inputs and, to
  /// recover, what it wrote itself.
  static func acls(principal: String) -> [String] {
    var lines: [String] = []
    func allow(_ name: String, _ operations: [String], _ resource: String) {
      let all = operations.map { "--operation \($0)" }.joined(separator: " ")
      lines.append("--add --allow-principal \(principal)\(name) \(all) \(resource)")
    }
    for service in Service.allCases {
      let name = service.rawValue
      allow(name, ["IdempotentWrite"], "--cluster")
      allow(name, ["Read", "Describe"], "--group \(service.group)")
      for topic in Topic.all where topic.writer == service {
        allow(name, ["Write", "Read", "Describe"], "--topic \(topic.name)")
      }
      for topic in Topic.all where topic.writer != service && readers(of: topic).contains(service) {
        allow(name, ["Read", "Describe"], "--topic \(topic.name)")
      }
      // It looks whether the broker is an embedded one.
      allow(name, ["Read", "Describe"], "--topic \(Topic.broker.name)")
    }
    for outsider in outsiders {
      for topic in outsider.writes { allow(outsider.name, ["Write", "Describe"], "--topic \(topic.name)") }
      for topic in outsider.reads { allow(outsider.name, ["Read", "Describe"], "--topic \(topic.name)") }
      if !outsider.reads.isEmpty {
        allow(outsider.name, ["Read", "Describe"], "--group \(outsider.name). --resource-pattern-type prefixed")
      }
    }
    return lines
  }
}
