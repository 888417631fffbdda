import Identity
import JSON
import Wire

/// Who is there and who is on call, for one question to people.
struct Duty: Sendable {
  let people: People
  let schedules: Schedules
  var absences: [Absence] = []

  func presence(at moment: Instant) -> Presence { Presence(people, absences, at: moment) }

  /// Who of a group may have to do with a case: everybody who is there but whoever asked for it.
  func members(of group: String, _ request: JSON, at moment: Instant) -> [Person] {
    presence(at: moment).members(of: group, except: request["requester"]?["id"]?.string)
  }

  /// Who of a group is on call at a moment by its rota, unless it is whoever asked. Whose turn it is and who is away has it taken by
  /// their delegate, where that one may, else by the next in turn.
  func onCall(_ group: String, _ request: JSON, at moment: Instant) -> Person? {
    guard let turn = schedules.turn(of: group, at: moment) else { return nil }
    return taking(turn, of: group, members(of: group, request, at: moment), at: moment)
  }

  /// Whose turn it is for what nobody in particular asked for, and until when as far as is known.
  func turn(of group: String, at moment: Instant) -> (turn: Rota.Turn, insteadOf: String?)? {
    guard let turn = schedules.turn(of: group, at: moment) else { return nil }
    guard let absence = presence(at: moment).absence(of: turn.person) else { return (turn, nil) }
    guard let person = taking(turn, of: group, members(of: group, .object(JSONObject()), at: moment), at: moment) else { return nil }
    return (Rota.Turn(person: person.id, until: min(turn.until, absence.until)), turn.person)
  }

  private func taking(_ turn: Rota.Turn, of group: String, _ members: [Person], at moment: Instant) -> Person? {
    let presence = presence(at: moment)
    guard presence.absence(of: turn.person) != nil else { return members.first { $0.id == turn.person } }
    if let standIn = presence.delegate(of: turn.person), let member = members.first(where: { $0.claim == standIn.claim }) { return member }
    return (schedules.rotas[group]?.following(turn.person) ?? []).lazy.compactMap { id in members.first { $0.id == id } }.first
  }

  /// Who takes a case over by name at a moment: the officer who is on call by the rota, else the one whom the file of people
  /// puts on duty or who stands in for that one, else another officer, else whoever is accountable for the workflow. Always somebody.
  func officer(_ request: JSON, at moment: Instant) -> String {
    if let person = onCall(dutyGroup, request, at: moment) { return person.id }
    let presence = presence(at: moment), officers = members(of: dutyGroup, request, at: moment)
    if let person = officers.first(where: \.isDutyOfficer) { return person.id }
    let standIns = people.all.filter { $0.isDutyOfficer && $0.groups.contains(dutyGroup) }.compactMap { presence.delegate(of: $0.id)?.claim }
    if let person = officers.first(where: { standIns.contains($0.claim) }) ?? officers.first { return person.id }
    let accountable = request["accountable"]?.string.flatMap { $0.isEmpty ? nil : $0 } ?? dutyGroup
    return presence.delegate(of: accountable)?.id ?? accountable
  }

  /// Whether somebody is the duty officer of a case that nobody in particular asked for.
  func isOnDuty(_ person: Person, at moment: Instant) -> Bool {
    person.groups.contains(dutyGroup) && officer(.object(JSONObject()), at: moment) == person.id
  }
}

extension Duty {
  /// Who is on call, by group, with the moment of the hand-over; `instead_of` is whose turn it would be.
  func json(at moment: Instant) -> JSON {
    .array(Set(schedules.rotas.keys).union(schedules.shifts.keys).sorted().map { group in
      let taken = turn(of: group, at: moment)
      var entry = JSONObject([("group", .string(group)), ("on_shift", .bool(schedules.isOnShift(group, at: moment)))])
      entry["person"] = taken.map { .string($0.turn.person) }
      entry["name"] = taken.flatMap { people.person(id: $0.turn.person) }.map { .string($0.name) }
      entry["until"] = taken.map { .string($0.turn.until.description) }
      entry["instead_of"] = taken?.insteadOf.map { .string($0) }
      if let name = schedules.shifts[group], let calendar = schedules.calendars[name] {
        entry["calendar"] = .string(name)
        if !calendar.isWorking(at: moment) { entry["back_at"] = calendar.nextBegin(after: moment).map { .string($0.description) } }
      }
      return .object(entry)
    })
  }
}

/// Whose a task is at a moment (ruling 25). There is always somebody.
struct Owner: Sendable, Equatable {
  enum Kind: String, Sendable {
    /// Who holds it.
    case claimant
    /// A group with somebody at work, any of whom may take it.
    case group
    /// The duty officer, by name: at the end of the ladder, or where no group that is asked is at work.
    case duty
    /// The workflow's accountable person: where there is no officer who may.
    case accountable
  }
  let kind: Kind
  /// The id of a person, or a group.
  let name: String

  var json: JSON { ["kind": .string(kind.rawValue), "name": .string(name)] }
}

extension Duty {
  func owner(of task: ReviewTask, at moment: Instant) -> Owner {
    if let claim = task.claim, claim.until > moment { return Owner(kind: .claimant, name: claim.person) }
    // Whoever owns it by name and is away now owns nothing meanwhile.
    if let owner = task.owner {
      return presence(at: moment).absence(of: owner) == nil ? named(owner) : named(officer(task.request, at: moment))
    }
    return owner(asked: [task.group] + task.asked.filter { $0 != task.group && $0 != dutyGroup }, task.request, at: moment)
  }

  /// Whose a task is that nobody holds and nobody owns by name.
  func owner(asked groups: [String], _ request: JSON, at moment: Instant) -> Owner {
    for group in groups where schedules.isOnShift(group, at: moment) && !members(of: group, request, at: moment).isEmpty {
      return Owner(kind: .group, name: group)
    }
    return named(officer(request, at: moment))
  }

  private func named(_ person: String) -> Owner { Owner(kind: people.person(id: person) == nil ? .accountable : .duty, name: person) }
}
