import Identity
import JSON
import Lanes
import Testing
import Wire

@testable import countersign_reviewer

/// Many tasks on a clock of their own: timers fire in due order, but none while the service is away; notices come to an end a
/// second after they were owed. No real time passes.
final class SimulatedWeek {
  enum Act {
    case event(ReviewerEvent)
    case timer(LaneTimer)
    case call(NoticeCall)
  }

  /// Spans in which the service is away.
  let outages: [Range<Instant>]
  let decider: ReviewerDecider
  /// What a channel answers.
  let deliver: (NoticeCall, String, Instant) -> Delivery
  private(set) var now: Instant
  private(set) var tasks: [String: ReviewTask] = [:]
  private(set) var said: [String: [TaskEvent]] = [:]
  private var queue = DueQueue()
  private var begun: Set<String> = []
  /// Called after each step, with the key that it was about.
  var check: (SimulatedWeek, String) -> Void = { _, _ in }

  init(_ decider: ReviewerDecider, begin: Instant, outages: [Range<Instant>], deliver: @escaping (NoticeCall, String, Instant) -> Delivery) {
    self.decider = decider
    self.outages = outages
    self.deliver = deliver
    now = begin
  }

  /// Something comes from outside at a moment; while the service is away it waits.
  func post(_ event: ReviewerEvent, at moment: Instant) { queue.push(moment, event.key, .event(event)) }

  /// - Parameter tick: called at each full span of story, for what must hold at any moment.
  func run(until end: Instant, every seconds: Double, tick: (SimulatedWeek) throws -> Void) async throws {
    var next = now.adding(seconds: seconds), steps = 0
    while let due = queue.nextDue, due <= end {
      while next <= due {
        if !isAway(next) { now = max(now, next) }
        try tick(self)
        next = next.adding(seconds: seconds)
      }
      // Others have their turn: some of them wait for an answer.
      steps += 1
      if steps % 100 == 0 { await Task.yield() }
      guard let entry = queue.pop() else { break }
      now = max(now, up(at: entry.due))
      try handle(entry.key, entry.act)
    }
  }

  func isAway(_ moment: Instant) -> Bool { outages.contains { $0.contains(moment) } }

  /// When what is due at a moment can be handled.
  private func up(at moment: Instant) -> Instant { outages.first { $0.contains(moment) }?.upperBound ?? moment }

  private func handle(_ key: String, _ act: Act) throws {
    switch act {
    case .event(let event): try step(key, event)
    case .timer(let timer):
      // It was set for a state that may be gone.
      guard tasks[key]?.timers.contains(timer) == true else { return }
      try step(key, decider.timer(timer.name, key: key, due: timer.due))
    case .call(let call):
      begun.remove("\(key)/\(call.id)")
      guard tasks[key]?.calls.contains(where: { $0.id == call.id }) == true else { return }
      try step(key, decider.ended(call, key: key, with: deliver(call, key, now)))
    }
  }

  private func step(_ key: String, _ event: ReviewerEvent) throws {
    let before = tasks[key]
    let view = View(states: before.map { [key: $0] } ?? [:], wall: now)
    var task = before
    for case .emit(let record) in try decider.decide(event, view, now: now) {
      task = decider.evolve(task, record)
      if case .task(_, let event) = record { said[key, default: []].append(event) }
    }
    tasks[key] = task
    let old = Set(before?.timers.map { "\($0.name)/\($0.due.microseconds)" } ?? [])
    for timer in task?.timers ?? [] where !old.contains("\(timer.name)/\(timer.due.microseconds)") { queue.push(timer.due, key, .timer(timer)) }
    for call in task?.calls ?? [] where begun.insert("\(key)/\(call.id)").inserted { queue.push(now.adding(seconds: 1), key, .call(call)) }
    check(self, key)
  }
}

/// A heap: the earliest first, in order of arrival where two are due at once.
struct DueQueue {
  struct Entry {
    let due: Instant
    let number: Int
    let key: String
    let act: SimulatedWeek.Act

    static func < (a: Entry, b: Entry) -> Bool { (a.due, a.number) < (b.due, b.number) }
  }

  private var heap: [Entry] = []
  private var count = 0

  var nextDue: Instant? { heap.first?.due }

  mutating func push(_ due: Instant, _ key: String, _ act: SimulatedWeek.Act) {
    count += 1
    heap.append(Entry(due: due, number: count, key: key, act: act))
    var at = heap.count - 1
    while at > 0, heap[at] < heap[(at - 1) / 2] {
      heap.swapAt(at, (at - 1) / 2)
      at = (at - 1) / 2
    }
  }

  mutating func pop() -> Entry? {
    guard let first = heap.first, let last = heap.popLast() else { return nil }
    guard !heap.isEmpty else { return first }
    heap[0] = last
    var at = 0
    while true {
      let left = 2 * at + 1
      guard left < heap.count else { return first }
      let least = left + 1 < heap.count && heap[left + 1] < heap[left] ? left + 1 : left
      guard heap[least] < heap[at] else { return first }
      heap.swapAt(at, least)
      at = least
    }
  }
}
