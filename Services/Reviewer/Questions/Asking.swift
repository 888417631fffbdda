import Identity
import JSON
import Lanes
import Wire

/// Questions to whoever asked for an action (E10).
extension Desk {
  /// Asks. The task waits for the answer: the ladder stands still, nobody is paged, and another clock runs, which is policy's.
  /// Whoever knows enough may decide all the same.
  func ask(_ person: Person, _ note: Note, _ task: ReviewTask) -> [DeskOutput] {
    if task.heard(note.id) { return [asked(note.id, task)] }
    if let refusal = holder(besides: person, task) { return refusal }
    if let settling = task.settling { return decided(task, settling) }
    guard !note.words.isEmpty else { return refuse(422, "words.missing", "Say what you want to know.") }
    guard task.question == nil else { return refuse(409, "question.open", "Another question has no answer yet.") }
    guard task.questions < QuestionAsked.most else {
      return refuse(409, "question.enough", "\(QuestionAsked.most) questions are all that a case may have.")
    }
    guard task.hasSomebodyToAsk else { return refuse(422, "question.nobody", "There is nobody who could answer.") }
    var waiting = task
    let question = ReviewTask.Question(id: note.id, person: person.id, words: note.words, asked: now, until: now.adding(seconds: QuestionAsked.seconds))
    waiting.question = question
    return resolved("question.asked") + [
      .emit(.question(key, QuestionAsked(question: note.id, by: person.full, words: note.words, version: task.version), workflow: task.workflow)),
      event(
        .questionAsked,
        [
          ("person", .string(person.id)), ("note", .string(note.id)), ("text", .string(note.words)),
          ("until", .integer(question.until.microseconds)),
        ]),
      asked(note.id, waiting),
    ]
  }

  private func asked(_ id: String, _ task: ReviewTask) -> DeskOutput {
    var body = JSONObject([("question", .string(id)), ("version", .integer(task.version))])
    body["answer_by"] = task.question.map { .string($0.until.description) }
    return answer(202, .object(body))
  }

  /// It is over without an answer: policy did not pass it on, or does not say.
  func unasked(_ question: ReviewTask.Question, _ task: ReviewTask, why: String, _ reason: String) -> [DeskOutput] {
    [
      event(
        .questionEnded,
        [
          ("note", .string(question.id)), ("why", .string(why)), ("reason", .string(reason)),
          ("rungs", .array(resumed(task, question).map(\.json))),
        ])
    ]
  }

  /// The ladder after a pause.
  func resumed(_ task: ReviewTask, _ question: ReviewTask.Question) -> [Rung] {
    // The ladder may have been laid out anew meanwhile.
    Rung.resumed(task.rungs, tier: task.tier, since: max(question.asked, task.opened), at: now, decider.schedules)
  }
}

extension ReviewTask {
  /// What whoever asked has not answered yet.
  struct Question: Sendable, Equatable {
    let id: String
    let person: String
    let words: String
    let asked: Instant
    let until: Instant

    var json: JSON {
      [
        "id": .string(id), "person": .string(person), "words": .string(words), "asked": .integer(asked.microseconds),
        "until": .integer(until.microseconds),
      ]
    }

    /// As people are told; the words stand in the case file alone.
    func told(words isWhole: Bool) -> JSON {
      var object = JSONObject([
        ("question", .string(id)), ("person", .string(person)), ("asked_at", .string(asked.description)), ("answer_by", .string(until.description)),
      ])
      if isWhole { object["words"] = .string(words) }
      return .object(object)
    }

    init(id: String, person: String, words: String, asked: Instant, until: Instant) {
      self.id = id
      self.person = person
      self.words = words
      self.asked = asked
      self.until = until
    }

    init(_ fields: Fields) throws(WireError) {
      self.init(
        id: try fields.text("id"), person: try fields.text("person"), words: try fields.text("words"), asked: try fields.instant("asked"),
        until: try fields.instant("until"))
    }
  }

  /// Policy ends the case when the time for an answer is over. Where it says nothing the ladder goes on by itself.
  static let questionPatience: Double = 300

  /// Whether a producer stands behind the case who could hear a question, and may: whoever judges blindly asks nobody.
  var hasSomebodyToAsk: Bool {
    !isBare && request["origin"]?["source"]?.string != nil && request["route"]?.string != "auto"
      && ((request["barred"]?.array ?? []).isEmpty || request["reopens"] != nil)
  }

  var mayAsk: Bool { hasSomebodyToAsk && question == nil && questions < QuestionAsked.most && settling == nil }
}

extension Rung {
  /// A ladder that stood still from `pause` to `now`: of each time box that had not ended what was left of it is still to come,
  /// in the working hours by which it runs. Pages after the last rung go on as far after it as they had come.
  static func resumed(_ rungs: [Rung], tier: Int, since pause: Instant, at now: Instant, _ schedules: Schedules) -> [Rung] {
    var moved = rungs
    guard tier < rungs.count else {
      guard let last = rungs.last else { return [] }
      let due = last.due.adding(seconds: now.seconds(since: pause))
      moved[rungs.count - 1] = Rung(due: due, group: last.group, channel: last.channel, owner: last.owner, calendar: last.calendar)
      return moved
    }
    var before = pause, after = now
    for index in tier..<rungs.count {
      let rung = rungs[index]
      after = schedules.end(of: schedules.left(until: rung.due, at: before, calendar: rung.calendar), from: after, calendar: rung.calendar)
      before = max(before, rung.due)
      moved[index] = Rung(due: after, group: rung.group, channel: rung.channel, owner: rung.owner, calendar: rung.calendar)
    }
    return moved
  }
}
