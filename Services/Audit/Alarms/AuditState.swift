import JSON
import Lanes
import Wire

/// What audit's lanes remember under a key: an alert that stands, holds, contents that are being destroyed.
enum AuditState: LaneState {
  case alarm(Alarm)
  case holds(Holds)
  /// Contents of a case go since then.
  case erasing(since: Instant)

  var calls: [NoCall] { [] }

  var alarm: Alarm? { if case .alarm(let alarm) = self { alarm } else { nil } }
  var holds: Holds? { if case .holds(let holds) = self { holds } else { nil } }

  func write(_ writer: inout JSONWriter) {
    writer.object { writer in
      switch self {
      case .alarm(let alarm): alarm.write(&writer)
      case .holds(let holds): writer.member("holds", holds.json)
      case .erasing(let since): writer.member("erasing", since)
      }
    }
  }

  init(_ json: JSON) throws {
    let fields = try Fields(json)
    if let holds = fields.optional("holds") {
      self = .holds(try Holds(holds))
    } else if fields.optional("erasing") != nil {
      self = .erasing(since: try fields.instant("erasing"))
    } else {
      self = .alarm(try Alarm(json))
    }
  }
}
