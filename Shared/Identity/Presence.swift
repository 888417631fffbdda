import Wire

/// Who is there at a moment, and for whom else they stand: the one place that says what an absence means, for the desk and for
/// policy, each by its own people.
///
/// Whoever stands in for somebody has that person's turns, and of their groups those that the people file lets him take
/// (`stands_in`). The two count as one human being meanwhile. It is never handed on: while a delegate is away too, nobody stands in.
public struct Presence: Sendable {
  public let people: People
  /// Current ones, by the human being who is away.
  private let away: [String: Absence]
  /// Current ones, by the human being who stands in.
  private let delegations: [String: [Absence]]

  /// - Parameter seconds: how much later it may have been; whoever was away for a part of that time counts as away.
  public init(_ people: People, _ absences: [Absence], at moment: Instant, orWithin seconds: Double = 0) {
    self.people = people
    var away: [String: Absence] = [:]
    for absence in absences where absence.covers(moment, orWithin: seconds) {
      let human = people.human(absence.person)
      // Of two the one that lasts longer.
      if away[human].map({ $0.until < absence.until }) ?? true { away[human] = absence }
    }
    self.away = away
    let pairs = away.values.compactMap { absence in absence.delegate.map { (people.human($0), [absence]) } }
    delegations = Dictionary(pairs.filter { away[$0.0] == nil }, uniquingKeysWith: +)
  }

  /// Nil where the person is there.
  public func absence(of id: String) -> Absence? { away.isEmpty ? nil : away[people.human(id)] }

  /// For whom somebody stands in.
  public func standsFor(_ id: String) -> [Absence] {
    delegations.isEmpty ? [] : (delegations[people.human(id)] ?? []).sorted { $0.person < $1.person }
  }

  /// Who stands in for somebody who is away; nil where nobody does, or where they are away, too.
  public func delegate(of id: String) -> Person? {
    guard let delegate = absence(of: id)?.delegate, absence(of: delegate) == nil else { return nil }
    return people.person(id: delegate)
  }

  /// The human beings for whom somebody speaks: their own and those whom they stand in for.
  public func humans(_ id: String) -> Set<String> { Set([people.human(id)] + standsFor(id).map { people.human($0.person) }) }

  /// Groups that somebody has only as a delegate.
  public func borrowed(by id: String) -> [String] {
    guard let known = people.person(id: id), !known.standsIn.isEmpty else { return [] }
    let theirs = standsFor(id).flatMap { people.person(id: $0.person)?.groups ?? [] }
    return known.standsIn.filter { theirs.contains($0) && !known.groups.contains($0) }
  }

  /// The person with all that they may be now.
  public func now(_ person: Person) -> Person {
    let borrowed = borrowed(by: person.id).filter { !person.groups.contains($0) }
    return borrowed.isEmpty ? person : person.with(groups: person.groups + borrowed)
  }

  /// Who of a group may have to do with what somebody asked for, in the order of the file: whoever is there and neither asked nor
  /// stands in for whoever did.
  public func members(of group: String, except requester: String?) -> [Person] {
    guard !away.isEmpty else { return people.members(of: group, except: requester) }
    let barred = requester.map(people.human)
    return people.all.compactMap { person in
      guard absence(of: person.id) == nil, person.id != requester, !(barred.map { humans(person.id).contains($0) } ?? false) else { return nil }
      let now = now(person)
      return now.groups.contains(group) ? now : nil
    }
  }

  /// Everybody who is there, with all that they may be now.
  public var present: [Person] {
    away.isEmpty ? people.all : people.all.filter { absence(of: $0.id) == nil }.map(now)
  }
}

extension Person {
  /// Whether somebody may say when another person is away: who it is, who leads one of that person's groups (`support-leads` those
  /// that begin with `support-`, but not each other), and officers on duty.
  public func speaks(for other: Person) -> Bool {
    guard claim != other.claim, !groups.contains(dutyGroup) else { return true }
    return groups.contains { lead in
      guard lead == "leads" || lead.hasSuffix("-leads") else { return false }
      return other.groups.contains { $0 != lead && $0.hasPrefix(lead.dropLast("leads".count)) }
    }
  }

  public func with(groups: [String]) -> Person {
    Person(
      id: id, name: name, groups: groups, isDutyOfficer: isDutyOfficer, claim: claim, issuer: issuer, email: email, standsIn: standsIn)
  }
}

extension People {
  /// Why what is said of an absence counts for nothing, as a code; nil where it may be said. The same for the desk, when it is said,
  /// and for policy, by the people that it knows itself.
  public func fault(in absence: Absence) -> String? {
    guard let person = person(id: absence.person), let by = self.person(id: absence.by) else { return "person.unknown" }
    guard by.speaks(for: person) else { return "away.forbidden" }
    guard absence.until.seconds(since: absence.from) <= Absence.longestSeconds else { return "away.long" }
    guard let delegate = absence.delegate else { return nil }
    guard let standIn = self.person(id: delegate), standIn.claim != person.claim else { return "person.cannot" }
    // Nobody takes a place by saying that its holder is away.
    guard by.claim == person.claim || standIn.claim != by.claim else { return "away.own_delegate" }
    return nil
  }
}
