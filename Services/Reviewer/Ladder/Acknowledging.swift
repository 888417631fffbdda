import Identity
import JSON
import Lanes
import Wire

extension Desk {
  /// Somebody has seen the page and says so, without taking the task. The ladder goes on: its next rung pages anew, and that
  /// page wants an acknowledgement of its own.
  func acknowledge(_ person: Person, _ task: ReviewTask) -> [DeskOutput] {
    guard task.isPaged else { return refuse(409, "page.none", "Nobody is paged for this task now.") }
    let answer = answer(
      200, ["acknowledged_by": .string(person.id), "tier": .integer(Int64(task.tier)), "owner": decider.duty.owner(of: task, at: now).json])
    return acknowledged(person, task) + [answer]
  }

  /// Tells those who heard of the page that somebody has seen it; once for each person and page.
  func acknowledged(_ person: Person, _ task: ReviewTask) -> [DeskOutput] {
    guard task.isPaged, task.acknowledged?.person != person.id else { return [] }
    return [
      event(
        .acknowledged,
        [
          ("dedup_key", Escalation.deduplication(key)), ("case", .string(key)), ("person", .string(person.id)),
          ("tier", .integer(Int64(task.tier))), ("owner", .string(decider.duty.owner(of: task, at: now).name)), notify(task),
        ])
    ]
  }

  /// Whoever heard of the alert hears what becomes of it.
  func notify(_ task: ReviewTask) -> (String, JSON?) {
    ("notify", task.notified.isEmpty ? nil : .array(task.notified.map { .string($0) }))
  }
}
