/// Which transitions a case owes by the way that it takes: the one table of completeness. What it owes while it goes on is said with
/// a time; what it owes by its route and outcome is said when it has ended.
public enum Manifest {
  /// A step that follows from another one while a case is open.
  public struct Step: Sendable {
    public let transition: Transition
    public let after: Transition
    /// µs besides the moment that a service needs.
    public let within: Int64
    /// What also pays for it.
    public let or: [Transition]

    init(_ transition: Transition, after: Transition, within seconds: Int64 = 0, or: [Transition] = []) {
      (self.transition, self.after, within, self.or) = (transition, after, seconds * 1_000_000, or)
    }
  }

  /// How long policy waits for a proposal before it goes on without.
  static let modelSeconds: Int64 = 600

  public static let steps = [
    Step(.requested, after: .admitted, or: [.asked]),
    Step(.pending, after: .requested, or: [.proposed, .asked]),
    Step(.proposed, after: .requested, within: modelSeconds, or: [.asked]),
    Step(.judged, after: .proposed, or: [.asked, .permitted]),
    Step(.permitted, after: .judged, or: [.asked]),
    Step(.opened, after: .asked),
  ]

  /// By outcome: what must be on record whatever the route; then by route where people were asked, and where nobody was. A
  /// transition in brackets is paid by any of them.
  public static func owed(_ way: CaseWay) -> [[Transition]] {
    var owed: [[Transition]] = [[.admitted], [.ended]]
    guard let outcome = way.outcome else { return owed }
    switch outcome {
    case .failed: break
    case .withdrawn, .expired: owed.append([.requested, .asked])
    case .executed, .decidedOtherwise: owed += [[.requested, .asked], [.judged, .asked], [.permitted], [.effect]]
    case .effectUnknown: owed += [[.requested, .asked], [.judged, .asked], [.permitted]]
    case .advisory: owed += [[.requested, .asked]] + (way.asked == nil ? [[.proposed]] : [])
    case .rejected: owed += [[.asked]] + (way.isRequesterSilent ? [] : [[.decided]])
    case .blocked: owed += [[.asked], [.decided]]
    }
    if way.asked != nil { owed.append([.opened]) }
    // A permit rests on what people decided, or on policy's own judgement.
    if way.permitted != nil { owed.append([.decided]) }
    if way.permittedAlone != nil { owed.append([.judged]) }
    return owed
  }

  /// Transitions that a case that has ended owed, and how many of them are on record.
  public static func chain(_ way: CaseWay) -> (due: Int64, seen: Int64) {
    let owed = owed(way)
    let seen = owed.count { $0.contains { way[$0] != nil } }
    let most = max(way.decisions, way.told, way.counted)
    return (Int64(owed.count) + 3 * most, Int64(seen) + way.decisions + way.told + way.counted)
  }

  /// What a case owes and does not have, the most urgent first. A debt is overdue only a moment after `due`: until then it may be
  /// on its way.
  public static func debts(_ way: CaseWay) -> [Debt] {
    var debts = way.endedAt == nil ? open(way) : ended(way)
    debts += decisions(way)
    return debts.sorted { ($0.due, $0.transition.rawValue) < ($1.due, $1.transition.rawValue) }
  }

  private static func open(_ way: CaseWay) -> [Debt] {
    // Without an admission the case is one that was never ours, or whose admission is owed.
    var debts: [Debt] = []
    if way.admitted == nil, let since = [way.requested, way.asked].compactMap({ $0 }).min() {
      debts.append(Debt(.admitted, after: way.requested != nil ? .requested : .asked, since: since, due: since))
    }
    for step in steps {
      guard let since = way[step.after], way[step.transition] == nil, step.or.allSatisfy({ way[$0] == nil }) else { continue }
      debts.append(Debt(step.transition, after: step.after, since: since, due: since + step.within))
    }
    debts += undecided(way)
    if let rung = way.rung { debts.append(Debt(.advanced, after: .opened, since: rung.since, due: rung.due)) }
    switch way.wait {
    case .deadline: debts.append(Debt(.ended, after: way.asked == nil ? .requested : .asked, since: way.waitSince, due: way.waitUntil))
    case .answer: if way.waitUntil > 0 { debts.append(Debt(.ended, after: .asked, since: way.waitSince, due: way.waitUntil)) }
    case .release: debts.append(Debt(.permitted, after: .decided, since: way.waitSince, due: way.waitUntil))
    case .permit: debts.append(Debt(.effect, after: .permitted, since: way.waitSince, due: way.waitUntil))
    case .held, nil: break
    }
    // Policy ends a case as soon as the executor has answered.
    if let effect = way.effect, way.wait == .permit, effect >= way.waitSince { debts.append(Debt(.ended, after: .effect, since: effect, due: effect)) }
    return debts
  }

  private static func ended(_ way: CaseWay) -> [Debt] {
    guard let end = way.endedAt else { return [] }
    return owed(way).compactMap { any in
      any.contains { way[$0] != nil } ? nil : Debt(any[0], after: .ended, since: end, due: end)
    } + (way.isEffect ? [] : undecided(way).filter { $0.transition == .permitted })
  }

  /// An effect without a permit, and a permit without what it rests on: nobody and nothing has decided it.
  private static func undecided(_ way: CaseWay) -> [Debt] {
    var debts: [Debt] = []
    if let acted = way.acted, way[.permitted] == nil { debts.append(Debt(.permitted, after: .effect, since: acted, due: acted)) }
    if let permitted = way.permitted, way.decided == nil { debts.append(Debt(.decided, after: .permitted, since: permitted, due: permitted)) }
    if let permitted = way.permittedAlone, way.judged == nil { debts.append(Debt(.judged, after: .permitted, since: permitted, due: permitted)) }
    return debts
  }

  /// The three records of each decision are written in pairs of steps: one without the others is a debt.
  private static func decisions(_ way: CaseWay) -> [Debt] {
    let most = max(way.decisions, way.told, way.counted)
    let since = way.lastDecision ?? 0
    return [(Transition.decision, way.decisions), (.told, way.told), (.counted, way.counted)].compactMap { transition, count in
      count < most ? Debt(transition, after: transition == .decision ? .told : .decision, since: since, due: since) : nil
    }
  }
}
