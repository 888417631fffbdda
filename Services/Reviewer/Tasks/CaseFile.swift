import Identity
import JSON
import Wire

/// The whole case file as it is shown to somebody: policy's part, whose hash a decision names, and where the task stands.
struct CaseFile: Sendable {
  let json: JSON

  /// - Parameter others: who else could decide it, to be handed the task.
  init(_ key: String, _ task: ReviewTask, for person: Person, owner: Owner, now: Instant, wall: Instant, others: [Person], looksAgain: Bool = false, leads: Bool = false) {
    let standing = Standing(task)
    var object = TaskSummary(key, task, owner: owner).json.object ?? JSONObject()
    object["view"] = .string(task.view)
    object["question"] = task.question?.told(words: true)
    object["glass"] = task.glass.flatMap { $0.until >= wall ? $0.told : nil }
    object["may_ask"] = .bool(task.mayAsk)
    object["file"] = task.request
    object["changed"] = .array(task.changed.map { .string($0) })
    object["differences"] = .array(task.differences)
    object["unopened"] = .array(MustView.unopened(by: person.id, task).map { .string($0) })
    object["looks_again"] = .bool(looksAgain && LookNeeded(key, task) != nil)
    object["looking"] = task.looking.map { ["sources": .array($0.sources.map { .string($0) }), "differences": .array($0.differences)] }
    object["proposed"] = task.proposed
    object["now"] = .string(now.description)
    object["fence"] = .integer(task.fence)
    object["places"] = .array(
      standing.places.map { ["group": .string($0.group), "person": $0.person.map { .string($0) } ?? .null] })
    object["decisions"] = .array(
      task.given.map {
        ["decision": .string($0.id), "person": .string($0.person), "verb": .string($0.verb), "version": .integer($0.version)]
      })
    object["editors"] = .array(Standing.editors(task).map { .string($0) })
    object["may_lead"] = .bool(leads)
    object["others"] = .array(others.map { .string($0.id) })
    object["helpers"] = .array(task.helpers.map { .string($0) })
    object["so_far"] = .array(task.story.map(CaseFile.readable))
    object["ladder"] = .array(
      task.rungs.enumerated().map { index, rung in
        var entry = JSONObject([
          ("group", .string(rung.group)), ("channel", .string(rung.channel)), ("due_at", .string(rung.due.description)),
          ("reached", .bool(index < task.tier)),
        ])
        entry["owner"] = (index == task.rungs.count - 1 ? task.owner ?? rung.owner : nil).map { .string($0) }
        entry["calendar"] = rung.calendar.map { .string($0) }
        return .object(entry)
      })
    if let settling = task.settling {
      object["decided"] = [
        "decision": .string(settling.decision), "verb": .string(settling.verb),
        "release_at": .string(settling.release.description), "can_be_undone": .bool(wall <= settling.release),
      ]
    }
    json = .object(object)
  }

  /// An entry of the story with its moment in words.
  static func readable(_ entry: JSON) -> JSON {
    guard var object = entry.object else { return entry }
    object["at"] = .string(Instant(microseconds: entry["at"]?.integer ?? 0).description)
    return .object(object)
  }
}
