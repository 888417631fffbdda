import Storage
import Wire

/// The outbox rows of a database.
enum Outbox {
  static func key(_ stream: StreamKey, _ first: Int64) -> Row { [.text(stream.topic), .integer(Int64(stream.lane)), .integer(first)] }

  static func row(_ batch: OutboxBatch) -> Row {
    key(batch.stream, batch.first) + [.integer(Int64(batch.writer.count)), .integer(batch.epoch), .blob(batch.writer.bytes)]
  }

  static func frames(of stream: StreamKey, first: Int64, _ transaction: any StoreTransaction) throws -> [UInt8]? {
    try transaction.load(Tables.outbox, [key(stream, first)])[0]?[5].blob()
  }

  struct Entry {
    let stream: StreamKey
    let first: Int64
    let count: Int
    let size: Int
  }

  /// The rows of a lane in the order of their numbers, without their frames.
  static func entries(of lane: Int32, _ transaction: any StoreTransaction) throws -> [Entry] {
    let sql = "SELECT topic, first, count, length(frames) FROM outbox WHERE lane = ? ORDER BY topic, first"
    return try transaction.query(sql, [.integer(Int64(lane))]).map {
      Entry(
        stream: StreamKey(topic: try $0[0].text(), lane: lane), first: try $0[1].integer(), count: Int(try $0[2].integer()),
        size: Int(try $0[3].integer()))
    }
  }
}
