import Identity
import JSON
import Wire

extension ReviewTask {
  init(request: JSON, view: String, opened: Instant, rungs: [Rung]) {
    self.request = request
    self.view = view
    self.opened = opened
    self.rungs = rungs
  }

  /// SHA-256 of the canonical case file, hex: what a decision names as seen.
  static func view(of request: JSON) -> String { hex(sha256(request.canonical)) }

  /// The task after an event; nil when it has ended.
  static func evolve(_ state: ReviewTask?, _ event: TaskEvent) -> ReviewTask? {
    if event.kind == .opened { return opened(state, event) }
    guard var task = state else { return nil }
    switch event.kind {
    case .closed:
      guard !task.notices.isEmpty else { return nil }
      task.isOver = true
      (task.claim, task.hold, task.settling, task.looking) = (nil, nil, nil, nil)
    case .notified:
      task.settle(event)
      if task.isOver, task.notices.isEmpty { return nil }
    case .opened, .reopened: break
    case .viewed:
      if let source = event["source"]?.string, let digest = event["digest"]?.string {
        task.see(Seen(person: event.person, source: source, digest: digest))
      }
    case .acknowledged:
      task.acknowledged = Acknowledgement(person: event.person, at: event.at)
      task.tell(event, "acknowledged", "")
      task.owe(event)
    case .revealed: task.tell(event, "revealed", [event["token"]?.string ?? "", event.because].joined(separator: ", "))
    case .commented: task.tell(event, "comment", event["text"]?.string ?? "")
    case .held:
      task.claim = nil
      task.hold = Hold(person: event.person, until: instant(event["until"]))
      task.tell(event, "held", event.because)
    case .resumed: task.hold = nil
    case .handed, .assigned:
      task.claim = Claim(person: event["to"]?.string ?? "", until: instant(event["until"]), longest: event["longest"].map { instant($0) })
      task.fence = event["fence"]?.integer ?? task.fence
      task.lastClaimant = event["claim"]?.string ?? event.person
      task.hold = nil
      if event.kind == .assigned, let to = event["to"]?.string { task.skipped.removeAll { $0 == to } }
      task.tell(event, event.kind == .assigned ? "assigned" : "handed", event.because)
    case .helpAsked:
      if let to = event["to"]?.string, !task.helpers.contains(to) { task.helpers.append(to) }
      task.tell(event, "help", event.because)
    case .skipped:
      task.claim = nil
      if task.hold?.person == event.person { task.hold = nil }
      task.skipped = event["others"]?.bool == true ? task.skipped.filter { $0 != event.person } + [event.person] : []
      task.tell(event, "skipped", event.because)
    case .questionAsked:
      task.question = Question(
        id: event["note"]?.string ?? "", person: event.person, words: event["text"]?.string ?? "", asked: event.at, until: instant(event["until"]))
      task.questions += 1
      (task.claim, task.hold) = (nil, nil)
      task.tell(event, "asked", event["text"]?.string ?? "")
    case .questionEnded:
      task.question = nil
      if event["why"]?.string != "policy.silent" { task.questions = max(0, task.questions - 1) }
      let rungs = (event["rungs"]?.array ?? []).compactMap { try? Rung(Fields($0)) }
      if !rungs.isEmpty { task.rungs = rungs }
      task.tell(event, "unasked", event["reason"]?.string ?? "")
    case .sourcesChanged:
      task.looking = event["looking"].flatMap { try? Looking(Fields($0)) }
      task.looks += 1
      task.tell(event, "changed", (task.looking?.sources ?? []).joined(separator: ", "))
    case .lookEnded:
      task.looking = nil
      task.tell(event, "unchanged", event["reason"]?.string ?? "")
    case .opinion: task.tell(event, "opinion", event.because)
    case .claimed:
      task.claim = Claim(person: event.person, until: instant(event["until"]), longest: event["longest"].map { instant($0) })
      task.fence = event["fence"]?.integer ?? task.fence
      task.lastClaimant = event["claim"]?.string ?? event.person
      task.hold = nil
    case .released:
      task.claim = nil
      if event["why"]?.string == leaseEnded { task.endedLeases += 1 }
    case .decided: task.take(event)
    case .undone, .returned:
      task.given.removeAll { $0.id == event["decision"]?.string }
      task.settling = nil
      task.tell(event, event.kind == .undone ? "undone" : "returned", event["reason"]?.string ?? "")
    case .settled:
      task.settling = event["settling"].flatMap { try? Settling(Fields($0)) }
    case .advanced:
      let isAgain = event["tier"]?.integer == Int64(task.tier)
      task.tier = Int(clamping: event["tier"]?.integer ?? Int64(task.tier))
      task.pages = Int(clamping: event["pages"]?.integer ?? 0)
      task.owner = event["owner"]?.string ?? task.owner
      task.endedLeases = 0
      if event["why"]?.string == "empty", let passed = event["passed"]?.string { task.tell(event, "empty", passed) }
      task.tell(event, isAgain ? "paged" : "tier", event["group"]?.string ?? "")
    case .raised:
      task.isPaged = true
      task.acknowledged = nil
      task.owe(event)
    case .glassAsked, .glassGranted:
      task.takeGlass(event)
      task.tell(event, event.kind == .glassAsked ? "glass" : "glass_granted", [event["ticket"]?.string ?? "", event["text"]?.string ?? ""].joined(separator: ": "))
    case .glassEnded:
      task.takeGlass(event)
      task.tell(event, event["result"]?.string == "refused" ? "glass_refused" : "glass_ended", event["reason"]?.string ?? "")
    case .broken, .glassResolved: task.owe(event)
    case .noticed:
      task.tell(event, "noticed", event["group"]?.string ?? "")
      task.owe(event)
    case .resolved:
      task.isPaged = false
      task.acknowledged = nil
      task.owe(event)
    }
    return task
  }

  /// Why a claim ended that nobody gave back.
  static let leaseEnded = "lease ended"

  /// Whether a note, or an opinion, was heard before.
  func heard(_ note: String) -> Bool { story.contains { $0["note"]?.string == note } }

  private static func instant(_ json: JSON?) -> Instant { Instant(microseconds: json?.integer ?? 0) }

  private static func opened(_ state: ReviewTask?, _ event: TaskEvent) -> ReviewTask? {
    let request = event["request"] ?? .object(JSONObject())
    if event["bare"]?.bool == true, var task = state, !task.isOver {
      task.tell(event, "unreadable", "a newer case file could not be handled")
      return task
    }
    let rungs = (event["rungs"]?.array ?? []).compactMap { try? Rung(Fields($0)) }
    var task = ReviewTask(
      request: request, view: event["view"]?.string ?? "", opened: instant(event["opened"]),
      rungs: rungs.isEmpty ? [Rung(due: .distantPast, group: dutyGroup, channel: "pagerduty", owner: nil)] : rungs)
    if let state {
      (task.notices, task.noticed, task.notified) = (state.notices, state.noticed, state.notified)
    }
    if let state, !state.isOver {
      task.changed = (event["changed"]?.array ?? []).compactMap(\.string)
      task.differences = (state.differences + (event["differences"]?.array ?? [])).suffix(Self.mostDifferences)
      task.seen = state.seen
      task.proposed = proposed(state, request)
      task.fence = state.fence
      task.lastClaimant = nil
      task.given = state.given
      task.story = state.story
      task.glass = state.glass
      (task.helpers, task.skipped) = (state.helpers, state.skipped)
      task.looks = state.looks
      (task.question, task.questions) = (event["answered"] == nil && !task.isBare ? state.question : nil, state.questions)
      (task.isPaged, task.acknowledged) = (state.isPaged, state.acknowledged)
      if event["keeps"]?.bool == true { task.settling = state.settling }
      if event["continues"]?.bool == true {
        (task.tier, task.pages, task.owner) = (state.tier, state.pages, state.owner)
      }
    }
    // A ladder of one rung is at its end when it begins.
    if task.rungs.count == 1, task.owner == nil { task.owner = task.rungs[0].owner }
    if event["answered"] != nil, let answer = request["answers"]?.array?.last {
      task.tell(event, "answered", answer["answer"]?.string ?? "")
    }
    task.tell(event, "opened", request["route"]?.string ?? "")
    return task
  }

  /// What stood in the case file before a person edited it; nil where its action is nobody's edit.
  private static func proposed(_ state: ReviewTask, _ request: JSON) -> JSON? {
    let isAnswer = state.settling.map { $0.verb == "edit" && $0.action == request["action_hash"]?.string } ?? false
    guard isAnswer || request["editors"]?.array?.isEmpty == false, let first = state.proposed ?? state.request["action"], !first.isNull
    else { return nil }
    return first == request["action"] ? nil : first
  }

  private mutating func take(_ event: TaskEvent) {
    given.append(
      Given(
        id: event["decision"]?.string ?? "", person: event.person, claim: event["claim"]?.string ?? event.person,
        verb: event["verb"]?.string ?? "", version: event["version"]?.integer ?? 0,
        groups: (event["groups"]?.array ?? []).compactMap(\.string), standsFor: (event["for"]?.array ?? []).compactMap(\.string)))
    if given.count > 24 { given.removeFirst() }
    claim = nil
    hold = nil
    endedLeases = 0
    settling = event["settling"].flatMap { try? Settling(Fields($0)) }
    tell(event, event["verb"]?.string ?? "", event.because)
  }

  private mutating func tell(_ event: TaskEvent, _ what: String, _ text: String) {
    var entry = JSONObject([("at", .integer(event.at.microseconds)), ("what", .string(what)), ("text", .string(text))])
    entry["who"] = event.body["person"]
    entry["to"] = event.body["to"]
    entry["note"] = event.body["note"] ?? (event.kind == .opinion ? event.body["decision"] : nil)
    story.append(.object(entry))
    if story.count > Self.longestStory { story.removeFirst() }
  }
}

extension TaskEvent {
  /// Code and words of a note or a decision.
  fileprivate var because: String {
    [body["code"]?.string ?? "", body["text"]?.string ?? body["words"]?.string ?? ""].filter { !$0.isEmpty }.joined(separator: ": ")
  }
}
