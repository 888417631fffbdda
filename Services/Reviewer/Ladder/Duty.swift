import Identity
import JSON
import Wire

/// Who is there and who is on call, for one question to people.
struct Duty: Sendable {
  let people: People
  let schedules: Schedules

  /// Who of a group may have to do with a case: everybody but whoever asked for it.
  func members(of group: String, _ request: JSON) -> [Person] {
    people.members(of: group, except: request["requester"]?["id"]?.string)
  }

  /// Who of a group is on call at a moment by its rota, unless it is whoever asked.
  func onCall(_ group: String, _ request: JSON, at moment: Instant) -> Person? {
    guard let turn = schedules.turn(of: group, at: moment) else { return nil }
    return members(of: group, request).first { $0.id == turn.person }
  }

  /// Who takes a case over by name at a moment: the officer who is on call by the rota, else the one whom the file of people
  /// puts on duty, else whoever is accountable for the workflow. Always somebody.
  func officer(_ request: JSON, at moment: Instant) -> String {
    if let person = onCall(dutyGroup, request, at: moment) { return person.id }
    if let person = people.dutyOfficer(except: request["requester"]?["id"]?.string) { return person.id }
    return request["accountable"]?.string.flatMap { $0.isEmpty ? nil : $0 } ?? dutyGroup
  }

  /// Whether somebody is the duty officer of a case that nobody in particular asked for.
  func isOnDuty(_ person: Person, at moment: Instant) -> Bool {
    person.groups.contains(dutyGroup) && officer(.object(JSONObject()), at: moment) == person.id
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
    if let owner = task.owner { return Owner(kind: people.person(id: owner) == nil ? .accountable : .duty, name: owner) }
    let groups = [task.group] + task.asked.filter { $0 != task.group && $0 != dutyGroup }
    for group in groups where schedules.isOnShift(group, at: moment) && !members(of: group, task.request).isEmpty {
      return Owner(kind: .group, name: group)
    }
    let officer = officer(task.request, at: moment)
    return Owner(kind: people.person(id: officer) == nil ? .accountable : .duty, name: officer)
  }
}
