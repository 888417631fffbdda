import Messaging
import Storage

/// How far one stream has come in.
///
/// Every record of a stream is numbered, without holes, and the lanes stop at one: the ledger is complete where the last
/// number is the one that the writer's heads tell.
struct StreamRow: Sendable, Equatable {
  let source: TopicPartition
  /// The first number that was ever absorbed.
  var first: Int64 = 0
  var epoch: Int64 = 0
  var number: Int64 = 0
  var nextOffset: Int64 = 0
  /// Numbers that were given up.
  var gaps: Int64 = 0
  /// Records that came again and were in the ledger already.
  var late: Int64 = 0
  /// Records on it without our seal, as far as their finders said so.
  var foreign: Int64 = 0
  /// When its last record came; wall clock, µs.
  var arrived: Int64 = 0
  /// What its writer said that it had written, and since when that is waited for.
  var head: Int64 = 0
  var headSince: Int64 = 0

  init(_ source: TopicPartition) { self.source = source }

  /// - Returns: whether the record is new to the ledger.
  mutating func take(number next: Int64, epoch: Int64, offset: Int64, at wall: Int64) -> Bool {
    guard next > number else {
      late += 1
      return false
    }
    if first == 0 { first = next } else { gaps += next - number - 1 }
    self.epoch = max(self.epoch, epoch)
    number = next
    nextOffset = max(nextOffset, offset + 1)
    arrived = wall
    return true
  }

  /// A number that was passed over, since its record could only be read later (`ContentErasing.kept`).
  mutating func fill(number filled: Int64, epoch: Int64, offset: Int64, at wall: Int64) {
    if filled > number { _ = take(number: filled, epoch: epoch, offset: offset, at: wall) } else if filled < first {
      gaps += first - filled - 1
      first = filled
    } else {
      gaps = max(0, gaps - 1)
    }
  }

  /// The writer says how far it is. What is waited for is not forgotten by a later word.
  mutating func expect(_ next: Int64, at wall: Int64) {
    guard number >= head, next > head else { return }
    head = next
    headSince = wall
  }

  /// Records that the writer has told of did not come for so long, and nothing else did.
  func isBehind(at wall: Int64, patience: Int64) -> Bool {
    head > number && wall - headSince >= patience && wall - arrived >= patience
  }

  var row: Row {
    [
      .text(source.topic), .integer(Int64(source.partition)), .integer(first), .integer(epoch), .integer(number),
      .integer(nextOffset), .integer(gaps), .integer(late), .integer(foreign), .integer(arrived), .integer(head),
      .integer(headSince),
    ]
  }

  init(_ row: Row) throws(StoreError) {
    source = TopicPartition(try row[0].text(), Int32(truncatingIfNeeded: try row[1].integer()))
    first = try row[2].integer()
    epoch = try row[3].integer()
    number = try row[4].integer()
    nextOffset = try row[5].integer()
    gaps = try row[6].integer()
    late = try row[7].integer()
    foreign = try row[8].integer()
    arrived = try row[9].integer()
    head = try row[10].integer()
    headSince = try row[11].integer()
  }

  static func all(_ transaction: any StoreTransaction) throws -> [StreamRow] {
    let columns = Tables.streams.columns.map { $0.name }.joined(separator: ", ")
    return try transaction.query("SELECT \(columns) FROM streams ORDER BY topic, part", []).map { try StreamRow($0) }
  }
}
