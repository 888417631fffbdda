import JSON
import Lanes
import Wire

/// What audit's lanes remember under a key: an alert that stands, holds, contents that are being destroyed.
enum AuditState: LaneState {
  case alarm(since: Instant)
  case holds(Holds)
  case erasing(Erasures.Begun)

  var calls: [NoCall] { [] }

  var holds: Holds? { if case .holds(let holds) = self { holds } else { nil } }

  func write(_ writer: inout JSONWriter) {
    writer.object { writer in
      switch self {
      case .alarm(let since): writer.member("since", since)
      case .holds(let holds): writer.member("holds", holds.json)
      case .erasing(let begun): writer.member("erasing", begun.json)
      }
    }
  }

  init(_ json: JSON) throws {
    let fields = try Fields(json)
    if let holds = fields.optional("holds") {
      self = .holds(try Holds(holds))
    } else if let begun = fields.optional("erasing") {
      self = .erasing(try Erasures.Begun(Fields(begun)))
    } else {
      self = .alarm(since: try fields.instant("since"))
    }
  }
}
