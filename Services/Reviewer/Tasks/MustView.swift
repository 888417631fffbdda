import Identity
import JSON
import Lanes
import Permits
import Wire

/// Evidence that a workflow wants opened before somebody decides at high impact (`must_view` of a source).
enum MustView {
  /// What a source said, so that another answer of it must be opened anew.
  static func digest(of source: JSON) -> String {
    source["digest"]?.string ?? hex(sha256((source["fields"] ?? .null).canonical))
  }

  static func isAsked(_ source: JSON) -> Bool { source["must_view"]?.bool == true && source["found"]?.bool == true }

  /// Names of the sources that this person has not opened as they stand; none below high impact. What did not answer, or
  /// held nothing, cannot be opened.
  static func unopened(by person: String, _ task: ReviewTask) -> [String] {
    guard ["high", "critical"].contains(task.risk) else { return [] }
    return (task.request["sources"]?.array ?? []).filter(isAsked).compactMap { source in
      guard let name = source["name"]?.string else { return nil }
      let seen = ReviewTask.Seen(person: person, source: name, digest: digest(of: source))
      return task.seen.contains(seen) ? nil : name
    }
  }
}

extension Desk {
  /// Shows a source to somebody, and remembers that (ruling 34).
  func openSource(_ name: String, _ person: Person, _ task: ReviewTask) -> [DeskOutput] {
    guard let source = (task.request["sources"]?.array ?? []).first(where: { $0["name"]?.string == name }) else {
      return refuse(404, "source.unknown", "The case rests on no source of that name.")
    }
    let digest = MustView.digest(of: source)
    var after = task
    after.see(ReviewTask.Seen(person: person.id, source: name, digest: digest))
    return [
      event(
        .viewed,
        [
          ("person", .string(person.id)), ("view", .string(task.view)), ("version", .integer(task.version)), ("source", .string(name)),
          ("digest", .string(digest)),
        ]),
      answer(
        200,
        [
          "source": source, "digest": .string(digest),
          "unopened": .array(MustView.unopened(by: person.id, after).map { .string($0) }),
        ]),
    ]
  }

  /// Why a decision has to wait for evidence. To hand a case on nobody needs to have read it.
  func unopenedEvidence(_ person: Person, _ given: Submission, _ task: ReviewTask) -> [DeskOutput]? {
    let names = MustView.unopened(by: person.id, task)
    guard given.verb != .escalate, !names.isEmpty else { return nil }
    return refuse(
      422, "evidence.unopened", "Open this first, the impact is \(task.risk): \(names.joined(separator: ", ")).",
      [("sources", .array(names.map { .string($0) }))])
  }
}

extension ReviewTask {
  /// Somebody has opened a source as it was then; of a source the last counts.
  mutating func see(_ seen: Seen) {
    guard !self.seen.contains(seen) else { return }
    self.seen.removeAll { $0.person == seen.person && $0.source == seen.source }
    self.seen.append(seen)
    if self.seen.count > Self.mostSeen { self.seen.removeFirst() }
  }
}
