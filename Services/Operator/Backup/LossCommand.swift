import ArgumentParser
import Foundation
import JSON
import Wire

/// Gives up records that are lost for good, in the name of a person.
struct LossCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "accept-loss",
    abstract: "Gives up records that are lost for good, so that a lane that waits for them goes on.",
    discussion: """
      Every reader of the topic whose lane stands still there is told; audit records who gave up what, and why. The numbers \
      must begin where the reader stands: `countersign doctor` and /readyz name them.
      """)

  @Argument(help: "The stream, as outcomes/2.") var stream: String
  @Argument(help: "The missing numbers, as 812-815.") var numbers: String
  @Option(help: "Why they are given up; audit keeps it.") var reason: String
  @Option(help: "Who gives them up; the default is the account that runs this.") var person = NSUserName()
  @Option(help: "Where readers answer, as policy=http://HOST:PORT, an option for each instance; the default is 127.0.0.1, 7101 to 7105.")
  var service: [String] = []
  @Option(help: "A file with the operator's bearer token (ADMIN_TOKEN_FILE).") var tokenFile: String
  @Flag(help: "Prints a JSON object.") var json = false

  private struct Range { let topic: Topic, partition: Int32, from: Int64, to: Int64 }

  private func range() throws -> Range {
    let parts = stream.split(separator: "/"), ends = numbers.split(separator: "-")
    guard parts.count == 2, let partition = Int32(parts[1]), partition >= 0 else {
      throw ValidationError("\(stream): TOPIC/PARTITION was expected, as outcomes/2.")
    }
    guard let topic = Topic.named(String(parts[0])), topic.kind == .internal else {
      throw ValidationError("\(parts[0]): one of our numbered topics was expected.")
    }
    guard let from = ends.first.flatMap({ Int64($0) }), let to = ends.last.flatMap({ Int64($0) }), ends.count <= 2, from > 0, to >= from
    else { throw ValidationError("\(numbers): FROM-TO was expected, as 812-815.") }
    guard !reason.trimmingCharacters(in: .whitespaces).isEmpty else { throw ValidationError("--reason: some words were expected.") }
    return Range(topic: topic, partition: partition, from: from, to: to)
  }

  func validate() throws { _ = try range() }

  func run() async throws {
    let range = try range()
    let readers = range.topic.readers + (range.topic.writer == .audit ? [] : [.audit])
    var results: [(reader: String, isAccepted: Bool, words: String)] = []
    for (reader, address) in try addresses(of: readers) {
      guard let result = try await tell(reader, address, range) else { continue }
      results.append((reader.rawValue, result.isAccepted, result.words))
    }
    let isAccepted = results.contains { $0.isAccepted }
    if json {
      let rows = results.map { JSON.object(JSONObject([("service", .string($0.reader)), ("accepted", .bool($0.isAccepted)), ("detail", .string($0.words))])) }
      printLine(JSON.object(JSONObject([("accepted", .bool(isAccepted)), ("services", .array(rows))])).text)
    } else {
      for result in results { printLine("\(result.reader): \(clean(result.words))") }
      if results.isEmpty { printLine("No lane of \(readers.map(\.rawValue).joined(separator: ", ")) stands still at \(stream); nothing was given up.") }
    }
    if !isAccepted || results.contains(where: { !$0.isAccepted }) { throw ExitCode(1) }
  }

  private func addresses(of readers: [Service]) throws -> [(Service, String)] {
    guard !service.isEmpty else {
      return readers.compactMap { reader in
        Service.allCases.firstIndex(of: reader).map { (reader, "http://127.0.0.1:\(7_101 + $0)") }
      }
    }
    return try service.map { entry in
      let parts = entry.split(separator: "=", maxSplits: 1).map(String.init)
      guard parts.count == 2, let named = Service(rawValue: parts[0]) else {
        throw ValidationError("--service \(entry): SERVICE=URL was expected.")
      }
      guard readers.contains(named) else {
        throw ValidationError("--service \(entry): \(stream) is read by \(readers.map(\.rawValue).joined(separator: ", ")).")
      }
      return (named, parts[1])
    }
  }

  /// - Returns: nil where none of its lanes waits there.
  private func tell(_ reader: Service, _ address: String, _ range: Range) async throws -> (isAccepted: Bool, words: String)? {
    let client = try WebClient(address, tokenFile: tokenFile)
    let state = try await client.get("/readyz").json
    let waits = (state?["stopped"]?.object?.members ?? []).contains { $0.value.string?.hasPrefix("\(stream): ") ?? false }
    guard waits else { return nil }
    var body = JSONWriter()
    body.object { writer in
      writer.member("topic", range.topic.name)
      writer.member("partition", Int(range.partition))
      writer.member("from", range.from)
      writer.member("to", range.to)
      writer.member("person", person)
      writer.member("reason", reason)
    }
    let answer = try await client.post("/v1/operator/accept-loss", json: body.finish())
    guard answer.status == 200 else {
      return (false, "refused (\(answer.status)): \(answer.json?["detail"]?.string ?? "no reason was given")")
    }
    return (true, "\(stream) \(range.from)-\(range.to) given up by \(person): \(reason)")
  }
}
