import JSON
import Lanes
import Messaging
import Wire

/// What policy learns.
enum PolicyEvent: LaneEvent {
  case admitted(String, CaseAdmitted)
  case withdrawn(String, CaseWithdrawn)
  case proposed(String, ProposalMade)
  case notProposed(String, ProposalFailed)
  case decided(String, DecisionMade)
  case undone(String, DecisionUndone)
  case effect(String, EffectReported)
  case timer(String, name: String, due: Instant)
  /// The workflow is stopped: a permit that is out must not be acted on.
  case stopped(String)
  case publish(GovernanceRow)

  var key: String {
    switch self {
    case .admitted(let key, _), .withdrawn(let key, _), .proposed(let key, _), .notProposed(let key, _),
      .decided(let key, _), .undone(let key, _), .effect(let key, _), .timer(let key, _, _), .stopped(let key):
      key
    case .publish(let row): row.key
    }
  }

  static func read(_ message: Message) throws(Unreadable) -> PolicyEvent? {
    let frame = message.frame
    guard let type = frame.text("ce_type"), let key = frame.text("ce_subject") else {
      throw Unreadable("headers", "ce_type and ce_subject were expected")
    }
    do {
      switch type {
      case CaseAdmitted.type: return .admitted(key, try CaseAdmitted(Fields(of: frame)))
      case CaseWithdrawn.type: return .withdrawn(key, try CaseWithdrawn(Fields(of: frame)))
      case ProposalMade.type: return .proposed(key, try ProposalMade(Fields(of: frame)))
      case ProposalFailed.type: return .notProposed(key, try ProposalFailed(Fields(of: frame)))
      case DecisionMade.type: return .decided(key, try DecisionMade(Fields(of: frame)))
      case DecisionUndone.type: return .undone(key, try DecisionUndone(Fields(of: frame)))
      case EffectReported.type: return .effect(key, try EffectReported(Fields(of: frame)))
      case ProposalPending.type: return nil
      default: throw Unreadable("type.unknown", "\(type) is not known to this version")
      }
    } catch let error as Unreadable { throw error } catch { throw Unreadable("body", "\(error)") }
  }
}
