import Identity
import JSON
import Lanes
import Permits
import Wire

/// Before a decision is sealed the sources of the case are looked at again (requirement 6: a decision binds what was shown). The step itself asks
/// nobody: it says what it needs to know, and is asked again with the answer.
extension Desk {
  enum Look {
    /// The decision may be taken; `unchecked` are sources of which nobody could say whether they are the same.
    case passed(unchecked: [String])
    case refused([DeskOutput])
  }

  /// After so many new versions for changed sources alone a rejection counts all the same: whoever controls a source could put it off for ever.
  static let mostLooksBeforeRejecting = 3

  /// To hand a case on nobody needs to have read it; whoever it goes to looks for themselves.
  func look(_ person: Person, _ given: Submission, _ task: ReviewTask) -> Look {
    guard decider.looksAgain, given.verb != .escalate, let needed = LookNeeded(key, task) else { return .passed(unchecked: []) }
    guard let looked = given.looked, looked.view == task.view else { return .refused([.answer(needed.answer)]) }
    let changed = looked.named(.changed), isReject = given.verb == .reject
    if !changed.isEmpty, !isReject || task.looks < Self.mostLooksBeforeRejecting { return .refused(changedSince(person, changed, task)) }
    guard looked.sources != nil else {
      let all = needed.body["sources"]?.object?.keys ?? []
      guard isReject else { return .refused(unreachable(all.map { LookedAt(name: $0, state: .silent, isRequired: true) })) }
      return .passed(unchecked: all)
    }
    let silent = looked.named(.silent), required = silent.filter(\.isRequired)
    guard required.isEmpty || isReject else { return .refused(unreachable(required)) }
    return .passed(unchecked: (silent + changed).map(\.name))
  }

  /// Evidence without which a case is not to be acted on is away: the decision waits for it, or an expert is asked.
  private func unreachable(_ sources: [LookedAt]) -> [DeskOutput] {
    refuse(
      503, "sources.unreachable",
      "Nobody can say now whether \(sources.map(\.name).joined(separator: ", ")) is still as you saw it. Your draft is yours: send it again in a moment, or reject or escalate the case.",
      [("sources", .array(sources.map { ["name": .string($0.name), "why": .string($0.why)] }))])
  }

  private func changedSince(_ person: Person, _ changed: [LookedAt], _ task: ReviewTask) -> [DeskOutput] {
    let records = Dictionary(changed.map { ($0.name, $0.record ?? .null) }) { first, _ in first }
    var after = task.request.object ?? JSONObject()
    after["sources"] = .array((task.request["sources"]?.array ?? []).map { source in source["name"]?.string.flatMap { records[$0] } ?? source })
    after["version"] = .integer(task.version + 1)
    let looking = ReviewTask.Looking(
      id: hex(sha256("look\n\(key)\n\(task.version)\n\(task.looks)".utf8).prefix(16)), sources: changed.map(\.name),
      differences: Differences.between(task.request, .object(after)), until: now.adding(seconds: ReviewTask.Looking.seconds))
    return [
      .emit(
        .look(key, SourcesChanged(look: looking.id, by: person.full, version: task.version, sources: looking.sources), workflow: task.workflow)),
      event(.sourcesChanged, [("person", .string(person.id)), ("version", .integer(task.version)), ("looking", looking.json)]),
    ] + stale(looking, task)
  }

  /// The refusal of whatever is decided on a version whose sources are known to have changed.
  func stale(_ looking: ReviewTask.Looking, _ task: ReviewTask) -> [DeskOutput] {
    refuse(
      409, "sources.changed",
      "\(looking.sources.joined(separator: ", ")) has changed since you saw it; your draft is kept. Look at what changed: a new version of the case is on its way.",
      [
        ("version", .integer(task.version)), ("view", .string(task.view)), ("sources", .array(looking.sources.map { .string($0) })),
        ("differences", .array(looking.differences)),
      ])
  }

  /// There will be no new version of it: people may decide again, and are looked after again.
  func lookEnded(_ looking: ReviewTask.Looking, why: String, _ reason: String) -> [DeskOutput] {
    [event(.lookEnded, [("look", .string(looking.id)), ("why", .string(why)), ("reason", .string(reason))])]
  }
}

extension ReviewTask {
  /// Sources have changed since this version was shown, and policy makes another one.
  struct Looking: Sendable, Equatable {
    let id: String
    let sources: [String]
    /// As `Differences` tells them.
    let differences: [JSON]
    /// When people may decide again if policy has said nothing.
    let until: Instant

    /// A little longer than policy waits for a proposal.
    static let seconds: Double = 660

    var json: JSON {
      [
        "id": .string(id), "sources": .array(sources.map { .string($0) }), "differences": .array(differences), "until": .integer(until.microseconds),
      ]
    }

    init(id: String, sources: [String], differences: [JSON], until: Instant) {
      self.id = id
      self.sources = sources
      self.differences = differences
      self.until = until
    }

    init(_ fields: Fields) throws(WireError) {
      self.init(
        id: try fields.text("id"), sources: try fields.texts("sources"), differences: fields.optional("differences")?.array ?? [],
        until: try fields.instant("until"))
    }
  }
}
