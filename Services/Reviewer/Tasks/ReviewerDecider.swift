import Identity
import JSON
import Lanes
import Messaging
import Permits
import Wire

typealias DeskOutput = Output<ReviewerRecord, DeskAnswer>

/// The reviewer's step: who sees a task, by when, where it goes next, and what people decided.
struct ReviewerDecider: Decider {
  typealias Answer = DeskAnswer
  typealias CallResult = Delivery
  static let service = Service.reviewer
  let inputs: [Topic] = [.reviewsRequested]

  let signing: SigningKey
  /// Of one issuer; a person is named by it and their id.
  let people: People
  let workflows: [String: Workflow]
  /// Where people reach the page; links begin with it.
  let publicURL: String
  /// Seconds of story a second: leases and undo windows run on real time (ruling 15).
  let clockScale: Int
  /// By which people outside of the desk are called, by the names that ladders use.
  var channels: [String: Channel] = [:]
  /// Working hours and on-call rotas.
  var schedules = Schedules.none

  /// Whether sources are looked at again before a decision is taken: where there is somebody to ask.
  var looksAgain = false

  /// Who is away, and who stands in.
  var absences = KnownAbsences()

  var duty: Duty { Duty(people: people, schedules: schedules, absences: absences.now) }

  func interpret(_ message: Message, _ context: inout Reading) throws(Unreadable) -> ReviewerEvent? {
    try ReviewerEvent.read(message)
  }

  func timer(_ name: String, key: String, due: Instant) -> ReviewerEvent { .timer(key, name: name, due: due) }

  func ended(_ call: NoticeCall, key: String, with result: Delivery?) -> ReviewerEvent { .delivered(key, notice: call.notice.id, result) }

  func decide(_ event: ReviewerEvent, _ view: View<ReviewTask>, now: Instant) throws -> [DeskOutput] {
    let state = view[event.key]
    let desk = Desk(decider: self, key: event.key, task: state?.isOver == true ? nil : state, now: now, wall: view.wall)
    let outputs: [DeskOutput] =
      switch event {
      case .requested(_, let request): desk.open(request)
      case .closed(_, let reason): desk.close(reason)
      case .judged(_, let judged): desk.hear(judged)
      case .glass(_, let judged): desk.hear(judged)
      case .timer(_, let name, let due): desk.fire(name, due)
      case .delivered(_, let notice, let result): state.map { desk.delivered(notice, result, $0) } ?? []
      case .command(_, let person, let command): try desk.perform(command, person)
      case .absence(let person, let by, let command): desk.absent(person, command, by: by)
      case .sign(let signed): [.emit(.signed(signed)), .answer(DeskAnswer(201, ["report": .string(signed.report), "digest": .string(signed.digest)]))]
      }
    return outputs + row(event.key, state, outputs, at: now)
  }

  func rows(of record: ReviewerRecord) -> [IndexRow] { CaseMemory.rows(of: record) + AbsenceShelf.rows(of: record) }

  func evolve(_ state: ReviewTask?, _ record: ReviewerRecord) -> ReviewTask? {
    guard case .task(_, let event) = record else { return state }
    return ReviewTask.evolve(state, event)
  }

  /// A case file that cannot be handled: a bare task for the duty officer, or a note on the task that is there. Nothing is
  /// asked about a case that is closed.
  func failed(_ failure: Failure, _ state: ReviewTask?) -> [ReviewerRecord] {
    guard let key = failure.subject, state.map({ !$0.isOver }) == true || failure.type != ReviewClosed.type else { return [] }
    let request: JSON = [
      "version": 0, "workflow": "", "queue": "duty", "route": "sme", "risk": "high", "accountable": .string(dutyGroup),
      "quorum": ["group": .string(dutyGroup), "count": 1],
      "ladder": [["after_seconds": 0, "group": .string(dutyGroup), "channel": "pagerduty"]],
      "matches": [
        [
          "rule": "handling", "gate": "context", "code": "crash", "route": "sme", "evidence": "",
          "because": .string("the case file could not be handled (\(failure.code)): see the case's story"),
        ]
      ],
    ]
    return [
      .task(
        key, TaskEvent(.opened, at: .distantPast, workflow: "", [("request", request), ("view", .string(ReviewTask.view(of: request))), ("bare", true)]))
    ]
  }

  /// The row of `reviews.open` where anything that it shows has changed.
  private func row(_ key: String, _ before: ReviewTask?, _ outputs: [DeskOutput], at now: Instant) -> [DeskOutput] {
    var after = before
    for case .emit(let record) in outputs { after = evolve(after, record) }
    let before = before?.isOver == true ? nil : before
    guard let after, !after.isOver else { return before == nil ? [] : [.emit(.row(key, ["case": .string(key), "open": false]))] }
    let row = TaskSummary(key, after, owner: duty.owner(of: after, at: now)).json
    if let before, TaskSummary(key, before, owner: duty.owner(of: before, at: now)).json == row { return [] }
    return [.emit(.row(key, row))]
  }
}

extension Instant {
  static let distantPast = Instant(microseconds: 0)
}
