import Bundles
import JSON
import Wire

/// Asks sources of a case again, so that nobody decides on what they do not say any more. It keeps nothing of them: what has changed is fetched
/// again, as a recorded call, where policy asks for a new proposal.
actor Looker {
  /// An answer stands for so long: a decision that is sent again and again asks the sources once.
  static let fresh = Duration.seconds(1)
  private static let most = 1_000

  private struct Asked {
    let at: ContinuousClock.Instant
    let answer: Task<Fetched, Never>
  }

  private let fetch: @Sendable (Source, Workflow, JSON, String) async -> Fetched
  private let clock: @Sendable () -> ContinuousClock.Instant
  private var asked: [String: Asked] = [:]

  init(
    clock: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
    fetch: @escaping @Sendable (Source, Workflow, JSON, String) async -> Fetched
  ) {
    self.clock = clock
    self.fetch = fetch
  }

  /// Asks all at once, each for as long as its policy waits for it.
  ///
  /// - Parameter known: what was shown, by source name (`LookedAt.mark`); a source that is not named is not asked.
  /// - Returns: in the policy's order; a source that the policy does not declare any more has changed.
  func look(_ caseID: String, _ workflow: Workflow, _ data: JSON, known: JSONObject, now: Instant) async -> [LookedAt] {
    let declared = workflow.sources.filter { known[$0.name] != nil }
    let answers = declared.map { source in (source, answer(of: source, workflow, data, caseID)) }
    var found: [LookedAt] = [], bytes = 0
    for (source, answer) in answers {
      let each = Looker.compare(source, await answer.value, known[source.name] ?? .null, now: now)
      bytes += each.record?.canonical.count ?? 0
      found.append(each)
    }
    // What did not fit into the case file then would not fit now: asked for again it would be no news, for ever.
    if bytes > ModelStep.mostEvidence {
      found = found.map { known[$0.name]?["answered"] == false ? LookedAt(name: $0.name, state: .same, isRequired: $0.isRequired) : $0 }
    }
    let gone = known.keys.filter { name in !workflow.sources.contains { $0.name.sameCodePoints(as: name) } }
    return found + gone.map { LookedAt(name: $0, state: .changed, isRequired: true, record: ["name": .string($0), "answered": true, "found": false]) }
  }

  private func answer(of source: Source, _ workflow: Workflow, _ data: JSON, _ caseID: String) -> Task<Fetched, Never> {
    if let local = source.local(data, workflow) { return Task { local } }
    let key = [caseID, workflow.name, source.name, source.address(for: data) ?? ""].joined(separator: "\n")
    let now = clock()
    if let earlier = asked[key], now - earlier.at < Looker.fresh { return earlier.answer }
    if asked.count >= Looker.most { asked = asked.filter { now - $0.value.at < Looker.fresh } }
    let fetch = fetch
    let answer = Task { await fetch(source, workflow, data, caseID) }
    if asked.count < Looker.most { asked[key] = Asked(at: now, answer: answer) }
    return answer
  }

  /// One source, as it was shown and as it is.
  static func compare(_ source: Source, _ fetched: Fetched, _ known: JSON, now: Instant) -> LookedAt {
    let isRequired = source.required || source.current
    let record = fetched.json(source, now: now)
    let mark = LookedAt.mark(of: record)
    if mark == known { return LookedAt(name: source.name, state: .same, isRequired: isRequired) }
    if case .failed(let why) = fetched.outcome {
      return LookedAt(name: source.name, state: .silent, isRequired: isRequired, why: why)
    }
    var told = record.object ?? JSONObject()
    for name in ["pre", "salt"] { told[name] = nil }
    return LookedAt(name: source.name, state: .changed, isRequired: isRequired, record: .object(told))
  }
}
