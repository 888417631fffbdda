import Foundation
import Testing
import Wire

@testable import countersign

/// What an administrator of Kafka and tools get from the topic table.
@Suite struct TopicTests {
  let acls = TopicTools.acls(principal: "User:countersign-")

  private func principals(_ operation: String, _ topic: Topic) -> Set<String> {
    Set(
      acls.filter { $0.contains("--operation \(operation) ") && $0.hasSuffix("--topic \(topic.name)") }
        .compactMap {
          $0.split(separator: " ").first { $0.hasPrefix("User:") }.map {
            String($0.dropFirst("User:countersign-".count))
          }
        })
  }

  @Test(arguments: Topic.all)
  func eachTopicHasItsOneWriterAndAllItsReaders(topic: Topic) {
    if topic != .broker {
      let writers = principals("Write", topic)
      #expect(writers.count == 1, "\(topic.name): \(writers)")
      if let writer = topic.writer {
        #expect(writers == [writer.rawValue])
      } else {
        #expect(!writers.contains { Service(rawValue: $0) != nil })
      }
    }
    let readers = principals("Read", topic)
    #expect(Set(TopicTools.readers(of: topic).map(\.rawValue)).isSubset(of: readers))
    #expect(!readers.isEmpty, "nobody may read \(topic.name)")
    if topic.kind == .door { #expect(readers == ["intake"]) }
  }

  @Test func onlyPolicyMayWritePermitsAndOnlyExecutorsMayReadThemFromOutside() {
    #expect(principals("Write", .permits) == ["policy"])
    #expect(principals("Read", .permits) == ["policy", "intake", "audit", "executor"])
  }

  @Test func everyTopicIsCreatedButTheEmbeddedBrokersOwn() {
    let lines = TopicTools.creations(partitions: 12, replicas: 3)
    for topic in Topic.all where topic != .broker {
      let found = lines.filter { $0.contains("--topic \(topic.name) ") }
      #expect(found.count == 1)
      #expect(found.first?.contains("--partitions \(topic.kind == .table ? 1 : 12) ") == true)
    }
    #expect(lines.count == Topic.all.count - 1)
  }

  @Test func theCommittedAsyncAPIDocumentIsTheGeneratedOne() throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    let text = try String(contentsOf: root.appendingPathComponent("deploy/docs/asyncapi.yaml"), encoding: .utf8)
    #expect(
      text == AsyncAPI.document.joined(separator: "\n") + "\n",
      "run: countersign topics --asyncapi > deploy/docs/asyncapi.yaml")
    for topic in Topic.all { #expect(text.contains("    address: \(topic.name)\n")) }
  }

  @Test func everyTypeOfTheDocumentStandsOnATopicOfTheTable() {
    for name in AsyncAPI.types.keys { #expect(Topic.named(name) != nil, "\(name) is no topic") }
  }
}
