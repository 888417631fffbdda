import Identity
import JSON
import Lanes
import Messaging
import Wire

/// What a person's command is answered with: an HTTP status and a body.
struct DeskAnswer: Sendable, Equatable {
  let status: Int
  let body: JSON

  init(_ status: Int, _ body: JSON) {
    self.status = status
    self.body = body
  }
}

/// Something that a person asks for.
enum Command: Sendable {
  /// To see the case file.
  case view
  /// To see one source, by its name.
  case openSource(String)
  /// To read what happened, also to a case of which no task is open, if the person may.
  case recall(mayRecallEnded: Bool)
  /// To see the private value behind a token.
  case reveal(RevealAsk)
  case claim
  /// To say that the page was seen.
  case acknowledge
  case extend
  case release
  case decide(Submission)
  case undo
  /// That decision of the person's is taken back, since the role in which it was made has ended.
  case lapse(String)
  case comment(Note)
  case hold(Note)
  /// To give the claim to somebody else.
  case handOver(Note)
  /// To give the task to somebody, by whoever leads.
  case assign(Note)
  /// To take back what somebody else decided, by whoever leads.
  case takeBack(Note)
  /// To let somebody else look.
  case help(Note)
  case skip(Note)
  /// To ask whoever asked for the action.
  case ask(Note)
  /// To decide alone for a time.
  case breakGlass(GlassAsk)
}

/// What the reviewer learns.
enum ReviewerEvent: LaneEvent {
  case requested(String, JSON)
  case closed(String, reason: String)
  /// What policy made of a decision.
  case judged(String, DecisionJudged)
  /// What policy made of a grant.
  case glass(String, GlassJudged)
  case timer(String, name: String, due: Instant)
  /// What came of a notice; nil where nobody can say.
  case delivered(String, notice: String, Delivery?)
  case command(String, Person, Command)
  /// Somebody (`by`) says something of a person's absence.
  case absence(String, by: Person, AbsenceCommand)
  /// Somebody puts their name under a report as it was shown to them.
  case sign(ReportSigned)

  var key: String {
    switch self {
    case .requested(let key, _), .closed(let key, _), .judged(let key, _), .glass(let key, _), .timer(let key, _, _), .delivered(let key, _, _),
      .command(let key, _, _): key
    case .absence(let person, _, _): Absence.key(of: person)
    case .sign(let signed): signed.key
    }
  }

  /// - Throws: why the message can never be handled.
  static func read(_ message: Message) throws(Unreadable) -> ReviewerEvent {
    guard let type = message.frame.text("ce_type"), let key = message.frame.text("ce_subject") else {
      throw Unreadable("headers", "ce_type and ce_subject were expected")
    }
    do {
      let fields = try Fields(of: message.frame)
      switch type {
      case ReviewRequested.type:
        _ = try ReviewRequested(fields)
        return .requested(key, .object(fields.object))
      case ReviewClosed.type: return .closed(key, reason: try ReviewClosed(fields).reason)
      case GlassJudged.type: return .glass(key, try GlassJudged(fields))
      case DecisionJudged.type: return .judged(key, try DecisionJudged(fields))
      default: break
      }
    } catch {
      throw Unreadable("body", error.description)
    }
    throw Unreadable("type.unknown", "\(type) is not known to this version")
  }
}
