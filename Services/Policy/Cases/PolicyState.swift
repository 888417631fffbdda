import JSON
import Lanes
import Wire

/// What policy keeps under a key: a case that has not ended, what a lane knows of its draws, of stand-downs and
/// of the uses of exceptions, what is still to be said of exceptions, how far changes of the switches have been told,
/// the keys of a person, or what their grants have come to.
indirect enum PolicyState: LaneState {
  case open(OpenCase)
  case draws(LaneDraws)
  case standDowns(StandDowns)
  case exceptionUses(ExceptionUses)
  case exceptions(ExceptionBook)
  /// What one person's absences are.
  case away(AwayBook)
  /// The version of the last one told. Recovered from the stream, it shows that the row of the switches is an older one.
  case switches(Int64)
  case keys(PersonKeys)
  case glass(GlassBook)
  /// Budgets of a workflow are spent.
  case frozen(BudgetState)

  var openCase: OpenCase? { if case .open(let state) = self { state } else { nil } }
  var draws: LaneDraws? { if case .draws(let state) = self { state } else { nil } }
  var standDowns: StandDowns? { if case .standDowns(let state) = self { state } else { nil } }

  var book: ExceptionBook? { if case .exceptions(let state) = self { state } else { nil } }
  var exceptionUses: ExceptionUses? { if case .exceptionUses(let state) = self { state } else { nil } }

  var away: AwayBook? { if case .away(let state) = self { state } else { nil } }
  var keys: PersonKeys? { if case .keys(let state) = self { state } else { nil } }

  var glass: GlassBook? { if case .glass(let state) = self { state } else { nil } }

  var frozen: BudgetState? { if case .frozen(let state) = self { state } else { nil } }

  private var told: Int64? { if case .switches(let version) = self { version } else { nil } }

  var timers: [LaneTimer] {
    switch self {
    case .open(let state): state.timers
    case .draws(let state): state.timers
    case .exceptions(let state): state.timers
    case .away(let state): state.timers
    case .standDowns, .switches, .exceptionUses, .keys, .glass, .frozen: []
    }
  }

  var calls: [NoCall] { [] }

  func write(_ writer: inout JSONWriter) {
    switch self {
    case .open(let state): state.write(&writer)
    case .draws(let state): state.write(&writer)
    case .standDowns(let state): state.write(&writer)
    case .exceptionUses(let state): state.write(&writer)
    case .exceptions(let state): state.write(&writer)
    case .away(let state): state.write(&writer)
    case .keys(let state): state.write(&writer)
    case .glass(let state): state.write(&writer)
    case .frozen(let state): state.write(&writer)
    case .switches(let version): writer.object { $0.member("switches", version) }
    }
  }

  init(_ json: JSON) throws {
    if let draws = json["draws"] {
      self = .draws(try LaneDraws(draws))
    } else if let version = json["switches"]?.integer {
      self = .switches(version)
    } else if json["exceptions"]?.integer != nil {
      self = .exceptions(try ExceptionBook(json))
    } else if json["exception_uses"] != nil {
      self = .exceptionUses(try ExceptionUses(json))
    } else if json["away"]?.array != nil {
      self = .away(try AwayBook(json))
    } else if json["person_keys"] != nil {
      self = .keys(try PersonKeys(json))
    } else if json["glass_book"] != nil {
      self = .glass(try GlassBook(json))
    } else if json["exhausted"] != nil {
      self = .frozen(try BudgetState(Fields(json)))
    } else if json["stand_downs"] != nil {
      self = .standDowns(try StandDowns(json))
    } else {
      self = .open(try OpenCase(json))
    }
  }
}

extension PolicyState {
  /// The state after a record of ours. The same when it is read back from the log.
  static func evolve(_ state: PolicyState?, _ record: PolicyRecord) -> PolicyState? {
    switch record {
    case .epoch(_, let note): .draws((state?.draws ?? LaneDraws()).after(note))
    case .judged(_, let judged, _, _): state?.draws.map { .draws($0.after(judged)) }
    case .standDown(_, .began(let began)): .standDowns((state?.standDowns ?? StandDowns()).after(began))
    case .standDown(_, .ended(let ended)): state?.standDowns.map { .standDowns($0.after(ended)) }
    case .sample(_, let judged): .draws((state?.draws ?? LaneDraws()).after(judged))
    case .resumed(_, let resumed): .draws((state?.draws ?? LaneDraws()).after(resumed))
    case .exceptionUsed(_, let used): .exceptionUses((state?.exceptionUses ?? ExceptionUses()).after(used))
    case .exception(.listed(let listed)): .exceptions((state?.book ?? ExceptionBook()).after(listed))
    case .exception(.reminded(let reminded)): state?.book.map { .exceptions($0.after(reminded)) }
    case .exception(.ended(let ended)): state?.book.map { .exceptions($0.after(ended)) }
    case .away(let noted): (state?.away ?? AwayBook()).after(noted).map { .away($0) }
    case .forgotten(let forgotten): state?.away?.after(forgotten).map { .away($0) }
    case .glassNoted(let noted): (state?.glass ?? GlassBook()).after(noted).map { .glass($0) }
    case .registered(let registered): .keys((state?.keys ?? PersonKeys()).after(registered))
    case .frozen(let noted): noted.state.isReady ? nil : .frozen(noted.state)
    case .switched(let change): .switches(max(state?.told ?? 0, change.version))
    default: OpenCase.evolve(state?.openCase, record).map { .open($0) }
    }
  }
}
