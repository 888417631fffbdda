import JSON
import Lanes
import Wire

/// A message to people outside of the desk that is owed: a page, its acknowledgement, its end, or that a case was opened. It lies in its task's state
/// until it has been delivered or given up, so that an outage delays it and a restart does not repeat it.
struct Notice: Sendable, Equatable {
  /// Unique within the task: how many notices it has had, the act and the channel.
  let id: String
  let channel: String
  let act: Act
  /// The escalation that it tells of, as it stands on `escalations`.
  let event: JSON
  var attempts = 0
  /// When it is tried again; nil where it is to be sent now.
  var retry: Instant?

  enum Act: String, Sendable {
    case raised, noticed, glass, acknowledged, resolved
    case glassResolved = "glass.resolved"

    /// Whether it is no part of the alert of its task's ladder: the end of that leaves it alone.
    var standsAlone: Bool { [.noticed, .glass, .glassResolved].contains(self) }

    init?(_ kind: TaskEvent.Kind) {
      switch kind {
      case .raised: self = .raised
      case .noticed: self = .noticed
      case .broken: self = .glass
      case .glassResolved: self = .glassResolved
      case .acknowledged: self = .acknowledged
      case .resolved: self = .resolved
      default: return nil
      }
    }
  }

  var json: JSON {
    var object = JSONObject([
      ("id", .string(id)), ("channel", .string(channel)), ("act", .string(act.rawValue)), ("event", event),
      ("attempts", .integer(Int64(attempts))),
    ])
    object["retry"] = retry.map { .integer($0.microseconds) }
    return .object(object)
  }

  init(id: String, channel: String, act: Act, event: JSON) {
    self.id = id
    self.channel = channel
    self.act = act
    self.event = event
  }

  init(_ fields: Fields) throws(WireError) {
    guard let act = Act(rawValue: try fields.text("act")) else { throw WireError("member act: raised, noticed, glass, glass.resolved, acknowledged or resolved was expected") }
    self.init(id: try fields.text("id"), channel: try fields.text("channel"), act: act, event: try fields.value("event"))
    attempts = Int(clamping: try fields.integer("attempts"))
    retry = fields.optionalInteger("retry").map { Instant(microseconds: $0) }
  }
}

/// The sending of a notice.
struct NoticeCall: LaneCall {
  let notice: Notice
  /// A page that may have been delivered is better sent twice, under its key, than not at all; receivers drop the second.
  let repeatable = true
  var id: String { "notice/\(notice.id)" }
}

/// What came of sending one.
enum Delivery: Sendable, Equatable {
  case sent(status: Int)
  /// What it tells was over before it went out.
  case superseded
  /// Worth another try, not before so many seconds where the receiver said so.
  case failed(String, after: Double? = nil)
  /// Another try would end the same way.
  case refused(String)
}

extension ReviewTask {
  static let mostNotices = 32

  /// The first of each channel that is not waiting for its next try: those of one channel go out in order.
  var noticesDue: [Notice] {
    var channels: Set<String> = []
    return notices.filter { channels.insert($0.channel).inserted && $0.retry == nil }
  }

  var noticeTimers: [LaneTimer] { notices.compactMap { notice in notice.retry.map { LaneTimer("notice/\(notice.id)", due: $0) } } }

  /// Puts down what an escalation owes to its channels. What has not gone out when the end of an alert comes never will: no
  /// page after a decision. The first of a channel may be on its way; whoever sends it looks again.
  mutating func owe(_ event: TaskEvent) {
    guard let act = Notice.Act(event.kind) else { return }
    let channels = (event["notify"]?.array ?? []).compactMap(\.string)
    if act == .resolved {
      var first: Set<String> = []
      // Whoever supervises hears of a case all the same, and that the glass was broken.
      notices.removeAll { notice in
        let isFirst = first.insert(notice.channel).inserted
        return !notice.act.standsAlone && (!isFirst || notice.retry != nil)
      }
    }
    for channel in channels where notices.count < Self.mostNotices {
      noticed += 1
      notices.append(Notice(id: "\(noticed)/\(act.rawValue)/\(channel)", channel: channel, act: act, event: event.body))
      if !act.standsAlone, !notified.contains(channel) { notified.append(channel) }
    }
  }

  /// What came of one, as its record tells it.
  mutating func settle(_ event: TaskEvent) {
    guard let index = notices.firstIndex(where: { $0.id == event["notice"]?.string }) else { return }
    if let retry = event["retry"]?.integer {
      notices[index].attempts += 1
      notices[index].retry = Instant(microseconds: retry)
    } else if event["state"]?.string == "queued" {
      notices[index].retry = nil
    } else {
      let ended = notices.remove(at: index)
      guard let instead = event["instead"]?.string else { return }
      noticed += 1
      notices.append(Notice(id: "\(noticed)/\(ended.act.rawValue)/\(instead)", channel: instead, act: ended.act, event: ended.event))
      if !ended.act.standsAlone, !notified.contains(instead) { notified.append(instead) }
    }
  }
}
