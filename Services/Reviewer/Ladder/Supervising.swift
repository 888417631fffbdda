import Identity
import JSON
import Lanes
import Wire

extension Desk {
  /// Whoever supervises a workflow hears that a case was opened. Nothing waits for it.
  func told(_ request: JSON, opened: Instant, _ rungs: [Rung]) -> [DeskOutput] {
    guard let group = request["supervisor"]?["group"]?.string else { return [] }
    let channel = request["supervisor"]?["channel"]?.string ?? "none"
    let workflow = request["workflow"]?.string ?? ""
    let task = ReviewTask(request: request, view: "", opened: opened, rungs: rungs)
    let owner = decider.duty.owner(of: task, at: now)
    let members: [(String, JSON?)] = [
      ("case", .string(key)), ("group", .string(group)),
      ("people", .array(decider.duty.members(of: group, request, at: now).map { .string($0.id) })), ("channel", .string(channel)),
      ("owner", .string(owner.name)), ("owner_is", .string(owner.kind.rawValue)), ("accountable", request["accountable"]),
      ("queue", request["queue"]), ("route", request["route"]), ("risk", .string(task.risk)), ("state", "opened"),
      ("reasons", .array(task.codes.map { .string($0) })), ("opened_at", .string(opened.description)),
      ("deadline", .string(task.deadline.description)),
      ("summary", .string("\(workflow): \(task.risk) impact, \(task.codes.first ?? "review"), opened for \(task.group)")),
      ("link", .string("\(decider.publicURL)/tasks/\(key)")),
      ("notify", decider.channels[channel].map { [.string($0.name)] }),
    ]
    return [.emit(.task(key, TaskEvent(.noticed, at: now, workflow: workflow, members)))]
  }
}
