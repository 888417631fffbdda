import JSON
import Lanes
import Messaging
import Wire

/// What policy learns.
enum PolicyEvent: LaneEvent {
  case admitted(String, CaseAdmitted)
  case withdrawn(String, CaseWithdrawn)
  /// A reviewer wants to know something from whoever asked, and what that one says.
  case asked(String, QuestionAsked)
  case answered(String, CaseAnswered, lanes: Int32)
  /// Sources say something else than what was shown to somebody who came to decide.
  case changed(String, SourcesChanged)
  /// With the place of the lane's draws: what may go alone is put to the draw there.
  case proposed(String, ProposalMade, DrawPlace)
  case notProposed(String, ProposalFailed)
  /// With how many lanes there are: a rejection is remembered in each.
  case decided(String, DecisionMade, lanes: Int32)
  case undone(String, DecisionUndone, lanes: Int32)
  /// Somebody breaks the glass for the case.
  case broken(String, GlassBroken)
  /// A suspended right is given back.
  case glassRestored(GlassNoted)
  case effect(String, EffectReported)
  case timer(String, name: String, due: Instant)
  /// The case's workflow was stopped or started again, or a permit key was revoked.
  case swept(String)
  case publish(GovernanceRow)
  case said(SwitchChanged)
  /// A list of exceptions was put in force.
  case listed(ExceptionsListed)
  /// Somebody is away for a time.
  case away(AbsenceSaid)
  /// A person signed for a stratum.
  case resumed(LotsResumed, lanes: Int32)
  /// A person's own key.
  case registered(PersonKeyRegistered)
  /// Which of a workflow's budgets are spent.
  case budgets(BudgetState)

  var key: String {
    switch self {
    case .admitted(let key, _), .withdrawn(let key, _), .asked(let key, _), .changed(let key, _), .answered(let key, _, _), .proposed(let key, _, _), .notProposed(let key, _),
      .decided(let key, _, _), .undone(let key, _, _), .broken(let key, _), .effect(let key, _), .timer(let key, _, _), .swept(let key):
      key
    case .publish(let row): row.key
    case .said: SwitchChanged.key
    case .away(let said): Absence.key(of: said.absence.person)
    case .glassRestored(let noted): GlassNoted.place(of: noted.person)
    case .registered(let registered): PersonKeyRegistered.place(of: registered.person)
    case .budgets(let state): state.key
    case .listed: ExceptionsListed.key
    case .resumed(_, let lanes): DrawPlace.of(lane: 0, among: lanes).key
    }
  }

  var otherKeys: [String] {
    switch self {
    case .proposed(_, _, let place): [place.key, place.standDowns, place.exceptions]
    case .decided(let key, _, let lanes):
      DrawPlace.all(among: lanes).flatMap { [$0.standDowns, $0.key] } + [DrawPlace.of(key, among: lanes).exceptions]
    case .undone(_, _, let lanes), .answered(_, _, let lanes): DrawPlace.all(among: lanes).map(\.key)
    case .resumed(_, let lanes): DrawPlace.all(among: lanes).dropFirst().map(\.key)
    default: []
    }
  }

  /// - Parameter reading: of the lane that the message is read in.
  static func read(_ message: Message, _ reading: Reading) throws(Unreadable) -> PolicyEvent? {
    let frame = message.frame
    // It is about a person, and names no case.
    if frame.text("ce_type") == AbsenceSaid.type {
      do { return .away(try AbsenceSaid(Fields(of: frame))) } catch { throw Unreadable("body", "\(error)") }
    }
    // It is about a workflow.
    if frame.text("ce_type") == BudgetState.type {
      do { return .budgets(try BudgetState(Fields(of: frame))) } catch { throw Unreadable("body", "\(error)") }
    }
    guard let type = frame.text("ce_type"), let key = frame.text("ce_subject") else {
      throw Unreadable("headers", "ce_type and ce_subject were expected")
    }
    do {
      switch type {
      case CaseAdmitted.type: return .admitted(key, try CaseAdmitted(Fields(of: frame)))
      case CaseWithdrawn.type: return .withdrawn(key, try CaseWithdrawn(Fields(of: frame)))
      case CaseAnswered.type: return .answered(key, try CaseAnswered(Fields(of: frame)), lanes: reading.lanes)
      case QuestionAsked.type: return .asked(key, try QuestionAsked(Fields(of: frame)))
      case SourcesChanged.type: return .changed(key, try SourcesChanged(Fields(of: frame)))
      case ProposalMade.type:
        return .proposed(
          key, try ProposalMade(Fields(of: frame)), DrawPlace.of(lane: reading.lane, among: reading.lanes))
      case ProposalFailed.type: return .notProposed(key, try ProposalFailed(Fields(of: frame)))
      case DecisionMade.type: return .decided(key, try DecisionMade(Fields(of: frame)), lanes: reading.lanes)
      case DecisionUndone.type: return .undone(key, try DecisionUndone(Fields(of: frame)), lanes: reading.lanes)
      case GlassBroken.type: return .broken(key, try GlassBroken(Fields(of: frame)))
      case EffectReported.type: return .effect(key, try EffectReported(Fields(of: frame)))
      // What turned out to be wrong afterwards is for audit's figures.
      case ProposalPending.type, CaseDefect.type, CaseReopened.type: return nil
      default: throw Unreadable("type.unknown", "\(type) is not known to this version")
      }
    } catch let error as Unreadable { throw error } catch { throw Unreadable("body", "\(error)") }
  }
}
