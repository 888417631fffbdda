import ArgumentParser
import Foundation
import JSON
import KafkaBus
import Messaging
import Wire

/// `countersign verify-sample`: every draw of every epoch that is over, computed anew.
struct VerifySampleCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify-sample", abstract: "Computes the draws and rates of past epochs anew and fails on any difference.",
    discussion: """
      Reads the topic verdicts as it stands, or a file of lines that `countersign tail verdicts --from beginning --body \
      --json` wrote. An epoch is checked against the commitment that was published before its first case, the rates \
      published with it, and the seed disclosed after its end; a case that is missing is a difference too, as is one that \
      went alone without a draw. Rates are checked against the cases of the seven epochs before, the floor of 60 in 30 days, \
      and the lots: what people said of held samples. Where a partition's first records are gone its rates are not checked.
      """)

  @Argument(help: "The file; without it the topic is read.") var file: String?
  @Option(help: "Checks only this epoch, as 2026-11-24.") var epoch: String?
  @Flag(help: "Prints one object of JSON.") var json = false
  @OptionGroup var broker: BrokerOptions

  func run() throws {
    var audit = Audits()
    if let file { try read(file, &audit) } else { try readTopic(&audit) }
    audit.draws.finish(now: file == nil ? Instant(microseconds: Int64(Date().timeIntervalSince1970 * 1e6)) : nil)
    try tell(audit.draws, audit.rates)
  }

  private struct Audits {
    var draws = DrawAudit()
    var rates = RateAudit()

    mutating func take(partition: Int64, number: Int64, type: String, subject: String?, workflow: String?, body: JSON) throws {
      try draws.take(partition: partition, number: number, type: type, subject: subject, workflow: workflow, body: body)
      try rates.take(partition: partition, number: number, type: type, body: body)
    }
  }

  private func tell(_ audit: DrawAudit, _ rates: RateAudit) throws {
    let faults = audit.faults + rates.faults
    let checked = audit.checked.filter { epoch == nil || $0.epoch == epoch }
    if json {
      printLine(
        JSON.object(
          JSONObject([
            ("checked", .array(checked.map(Self.json))), ("unchecked", .array(audit.unchecked.map(Self.json))),
            ("rates", ["checked": .integer(Int64(rates.checked)), "unchecked": .integer(Int64(rates.unchecked))]),
            ("faults", .array(faults.map { .string($0) })),
          ])).text)
    } else {
      for each in checked {
        printLine("\(each.epoch), partition \(each.partition): \(each.cases) cases, \(each.drawn) drawn: each as computed anew")
      }
      for each in audit.unchecked {
        let why = each.ends.map { "not disclosed, it ends at \($0)" } ?? "its beginning is not here"
        printLine("\(each.epoch), partition \(each.partition): \(each.cases) cases, \(each.drawn) drawn: \(why)")
      }
      for fault in faults.prefix(50) { printLine("DIFFERENT \(clean(fault))") }
      let cases = checked.reduce(0) { $0 + $1.cases }
      printLine("\(rates.checked) published rates checked\(rates.unchecked > 0 ? ", \(rates.unchecked) not: what they rest on is not here any more" : "")")
      printLine("\(cases) draws of \(checked.count) epochs checked, \(faults.count) differences")
    }
    if !faults.isEmpty { throw ExitCode(1) }
    if checked.isEmpty { throw OperatorError("No epoch is over\(epoch.map { " that is called \($0)" } ?? ""): there is nothing to check yet.") }
  }

  private static func json(_ epoch: DrawAudit.Epoch) -> JSON {
    [
      "epoch": .string(epoch.epoch), "partition": .integer(epoch.partition), "cases": .integer(epoch.cases),
      "drawn": .integer(epoch.drawn),
    ]
  }

  private func read(_ file: String, _ audit: inout Audits) throws {
    guard let data = FileManager.default.contents(atPath: file) else { throw OperatorError("\(file) cannot be read.") }
    var line = 0
    for text in [UInt8](data).split(separator: 0x0A) {
      line += 1
      guard let record = try? JSON.parse(text, limits: .stored), let partition = record["partition"]?.integer,
        let headers = record["headers"], let type = headers["ce_type"]?.string,
        let number = headers["ce_sequence"]?.string.flatMap(Int64.init)
      else {
        throw OperatorError("\(file), line \(line): a record was expected as countersign tail --body --json prints it.")
      }
      do {
        try audit.take(
          partition: partition, number: number, type: type, subject: headers["ce_subject"]?.string,
          workflow: headers["cs_workflow"]?.string, body: record["body"] ?? .null)
      } catch { throw OperatorError("\(file), line \(line): \(error)") }
    }
  }

  private func readTopic(_ audit: inout Audits) throws {
    let bus = try broker.bus()
    defer { bus.close() }
    let topic = Topic.verdicts.name
    let partitions: Int
    do { partitions = try bus.partitionCount(of: topic) } catch {
      throw OperatorError("The broker \(broker.brokers) does not answer for \(topic) (--brokers names another): \(error)")
    }
    for partition in 0..<Int32(partitions) {
      let source = TopicPartition(topic, partition)
      let marks = try bus.watermarks(of: source)
      var failed: (any Error)?
      try bus.read(source, marks.low..<marks.high) { message in
        let frame = message.frame
        do {
          try audit.take(
            partition: Int64(partition), number: frame.integer("ce_sequence") ?? 0, type: frame.text("ce_type") ?? "",
            subject: frame.text("ce_subject"), workflow: frame.text("cs_workflow"), body: try JSON.parse(frame.body ?? [], limits: .stored))
          return true
        } catch {
          failed = error
          return false
        }
      }
      if let failed { throw OperatorError("\(source): \(failed)") }
    }
  }
}
