import JSON
import Lanes
import Storage
import Wire

/// What audit's lanes remember under a key: an alert that stands, holds, contents that are being destroyed.
enum AuditState: LaneState {
  case alarm(Alarm)
  case holds(Holds)
  /// Contents of a case go since then.
  case erasing(since: Instant)
  /// An alert was sent and ended for a test; the last time.
  case tested(code: String, at: Instant)
  /// Before the keys of alerts that are tests.
  static let testPrefix = "test/"

  var calls: [NoCall] { [] }

  var alarm: Alarm? { if case .alarm(let alarm) = self { alarm } else { nil } }
  var holds: Holds? { if case .holds(let holds) = self { holds } else { nil } }

  /// The rows of all but contents that go, in the order of their keys: those are no alarms, and there may be very many.
  static func standing(_ columns: String, _ transaction: any StoreTransaction) throws -> [Row] {
    try transaction.query("SELECT \(columns) FROM states WHERE key < 'erase/' OR key >= 'erase0' ORDER BY key", [])
  }

  /// The last test of an alert that is over; nil where there was none.
  static func lastTest(_ transaction: any StoreTransaction) throws -> (code: String, at: Instant)? {
    try transaction.states(under: testPrefix).compactMap { row -> (code: String, at: Instant)? in
      guard case .tested(let code, let at) = try AuditState(JSON.parse(row.body, limits: .stored)) else { return nil }
      return (code, at)
    }.max { $0.at < $1.at }
  }

  /// Under which keys something stands.
  static func keys(_ transaction: any StoreTransaction) throws -> Set<String> { Set(try standing("key", transaction).map { try $0[0].text() }) }

  func write(_ writer: inout JSONWriter) {
    writer.object { writer in
      switch self {
      case .alarm(let alarm): alarm.write(&writer)
      case .holds(let holds): writer.member("holds", holds.json)
      case .erasing(let since): writer.member("erasing", since)
      case .tested(let code, let at):
        writer.member("tested", at)
        writer.member("code", code)
      }
    }
  }

  init(_ json: JSON) throws {
    let fields = try Fields(json)
    if let holds = fields.optional("holds") {
      self = .holds(try Holds(holds))
    } else if fields.optional("erasing") != nil {
      self = .erasing(since: try fields.instant("erasing"))
    } else if fields.optional("tested") != nil {
      self = .tested(code: try fields.text("code"), at: try fields.instant("tested"))
    } else {
      self = .alarm(try Alarm(json))
    }
  }
}
