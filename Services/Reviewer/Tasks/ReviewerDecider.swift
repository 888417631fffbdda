import JSON
import Lanes
import Messaging
import Permits
import Wire

/// What a person's command is answered with: an HTTP status and a body.
struct DeskAnswer: Sendable {
  let status: Int
  let body: JSON
  init(_ status: Int, _ body: JSON) {
    self.status = status
    self.body = body
  }
}

/// What the reviewer learns.
enum ReviewerEvent: LaneEvent {
  case requested(String, JSON)
  case closed(String, String)
  case timer(String, name: String, due: Instant)
  case claim(String, Person)
  case release(String, Person)
  case decide(String, Person, Submission)
  case undo(String, Person)

  var key: String {
    switch self {
    case .requested(let key, _), .closed(let key, _), .timer(let key, _, _), .claim(let key, _), .release(let key, _),
      .decide(let key, _, _), .undo(let key, _):
      key
    }
  }
}

/// A decision as a person submits it.
struct Submission: Sendable {
  let id: String
  let version: Int64
  let view: String
  let fence: Int64?
  let verb: Approval.Verb
  let code: String
  let words: String
  let action: JSON?
}

/// The reviewer's step: who sees a task, by when, and what they decided.
struct ReviewerDecider: Decider {
  typealias Answer = DeskAnswer
  typealias CallResult = Bool
  static let service = Service.reviewer
  let inputs: [Topic] = [.reviewsRequested]
  let signing: SigningKey
  let publicURL: String
  /// Seconds of story a second.
  let clockScale: Int

  func interpret(_ message: Message, _ context: inout Reading) throws(Unreadable) -> ReviewerEvent? {
    guard let type = message.frame.text("ce_type"), let key = message.frame.text("ce_subject") else {
      throw Unreadable("headers", "ce_type and ce_subject were expected")
    }
    do {
      let fields = try Fields(of: message.frame)
      switch type {
      case ReviewRequested.type:
        _ = try ReviewRequested(fields)
        return .requested(key, .object(fields.object))
      case ReviewClosed.type: return .closed(key, try ReviewClosed(fields).reason)
      default: throw Unreadable("type.unknown", "\(type) is not known to this version")
      }
    } catch let error as Unreadable { throw error } catch { throw Unreadable("body", "\(error)") }
  }

  func timer(_ name: String, key: String, due: Instant) -> ReviewerEvent { .timer(key, name: name, due: due) }
  func ended(_ call: NoCall, key: String, with result: Bool?) -> ReviewerEvent { .closed(key, "") }

  func decide(_ event: ReviewerEvent, _ view: View<ReviewTask>, now: Instant) throws -> [Output<ReviewerRecord, DeskAnswer>] {
    let desk = Desk(decider: self, key: event.key, task: view[event.key], now: now, wall: view.wall)
    switch event {
    case .requested(_, let request): return desk.open(request)
    case .closed(_, let reason): return desk.close(reason)
    case .timer(_, let name, let due): return desk.fire(name, due)
    case .claim(_, let person): return desk.claim(person)
    case .release(_, let person): return desk.release(person)
    case .decide(_, let person, let submission): return try desk.decide(person, submission)
    case .undo(_, let person): return desk.undo(person)
    }
  }

  func evolve(_ state: ReviewTask?, _ record: ReviewerRecord) -> ReviewTask? {
    guard case .task(_, let event) = record else { return state }
    let body = event.body
    if event.kind == .opened, let request = body["request"], let at = body["at"]?.integer {
      return ReviewTask(request: request, opened: Instant(microseconds: at))
    }
    guard var task = state else { return nil }
    switch event.kind {
    case .closed: return nil
    case .claimed:
      let fence = body["fence"]?.integer ?? 0
      task.fence = fence
      task.claim = ReviewTask.Claim(
        person: body["person"]?.string ?? "", until: Instant(microseconds: body["until"]?.integer ?? 0), fence: fence)
    case .released: task.claim = nil
    case .decided:
      task.given.append(
        ReviewTask.Given(
          id: body["decision"]?.string ?? "", person: body["person"]?.string ?? "", verb: body["verb"]?.string ?? ""))
      task.claim = nil
    case .undone: task.given.removeAll { $0.id == body["decision"]?.string }
    case .tierAdvanced:
      if body["again"]?.bool == true { task.pages += 1 } else { task.rung += 1 }
    case .opened, .escalated, .resolved: break
    }
    return task
  }

  /// A request that could not be read: a bare task for the duty officer.
  func failed(_ failure: Failure) -> [ReviewerRecord] {
    guard let key = failure.subject else { return [] }
    let request: JSON = [
      "version": 0, "workflow": "", "route": "sme", "ladder": [["after_seconds": 0, "group": "duty-officers", "channel": "pagerduty"]],
      "quorum": ["group": "duty-officers", "count": 1],
      "matches": [["code": "crash", "because": .string("the case file could not be handled (\(failure.code))")]],
    ]
    return [.task(key, TaskEvent(.opened, ["request": request, "at": .integer(0)]))]
  }
}
