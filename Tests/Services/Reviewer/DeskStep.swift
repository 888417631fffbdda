import Identity
import JSON
import Lanes
import Messaging
import Permits
import Testing
import Wire

@testable import countersign_reviewer

/// The pure step of one task: each act decides, and the records that it emits make the next state.
final class DeskStep {
  let decider: ReviewerDecider
  var now = DeskFixture.now
  private(set) var task: ReviewTask?
  private(set) var records: [ReviewerRecord] = []
  private let key = DeskFixture.caseID

  init(_ decider: ReviewerDecider? = nil) throws { self.decider = try decider ?? DeskFixture.decider() }

  /// - Returns: what it was answered with, and the records of this act.
  @discardableResult
  func act(_ event: ReviewerEvent) throws -> (answer: DeskAnswer?, said: [ReviewerRecord]) {
    let view = View(states: task.map { [key: $0] } ?? [:], wall: now)
    var answer: DeskAnswer?
    var said: [ReviewerRecord] = []
    for output in try decider.decide(event, view, now: now) {
      switch output {
      case .answer(let given): answer = given
      case .emit(let record):
        said.append(record)
        // What goes over the topic and back does the same.
        task = decider.evolve(task, try sent(record))
      }
    }
    records += said
    if let task { try checkStored(task) }
    return (answer, said)
  }

  private func checkStored(_ task: ReviewTask) throws {
    var writer = JSONWriter()
    task.write(&writer)
    #expect(try ReviewTask(JSON.parse(writer.finish(), limits: .stored)) == task)
  }

  @discardableResult
  func ask(_ request: ReviewRequested) throws -> [ReviewerRecord] {
    try act(.requested(key, DeskFixture.json(request))).said
  }

  func command(_ person: Person, _ command: Command) throws -> DeskAnswer {
    try #require(try act(.command(key, person, command)).answer)
  }

  func decide(
    _ person: Person, _ verb: Approval.Verb = .approve, code: String? = nil, words: String = "because", action: JSON? = nil,
    fence: Int64? = nil, version: Int64? = nil, view: String? = nil, idempotency: String = "k"
  ) throws -> DeskAnswer {
    var body = JSONObject([
      ("version", .integer(version ?? task?.version ?? 0)), ("view", .string(view ?? task?.view ?? "")),
      ("verb", .string(verb.rawValue)), ("words", .string(words)),
      ("code", .string(code ?? DecisionReason.codes(for: DeskVerb(verb)).first.map { verb == .approve ? "" : $0.code } ?? "")),
    ])
    body["action"] = action
    body["fence"] = fence.map { .integer($0) }
    let submission = try Submission(.object(body), caseID: key, person: person, strength: "token", idempotency: idempotency)
    return try command(person, .decide(submission))
  }

  /// Fires what is due, as the mechanism does, until nothing is.
  @discardableResult
  func wait(_ seconds: Double) throws -> [ReviewerRecord] {
    now = now.adding(seconds: seconds)
    var said: [ReviewerRecord] = []
    for _ in 0..<50 {
      guard let timer = task?.timers.filter({ $0.due <= now }).min(by: { ($0.due, $0.name) < ($1.due, $1.name) }) else { return said }
      said += try act(decider.timer(timer.name, key: key, due: timer.due)).said
      #expect(task?.timers.contains(timer) != true, "the timer \(timer.name) is stuck")
    }
    Issue.record("timers do not come to rest")
    return said
  }
}

extension [ReviewerRecord] {
  func events(_ kind: TaskEvent.Kind) -> [TaskEvent] {
    compactMap { if case .task(_, let event) = $0, event.kind == kind { event } else { nil } }
  }

  var decisions: [DecisionMade] { compactMap { if case .decision(_, let made, _) = $0 { made } else { nil } } }
}
