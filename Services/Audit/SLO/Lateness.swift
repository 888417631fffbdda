/// Whose time a case took: people's, that which policy prescribes, and the platform's. An outage is the platform's time, and
/// burns its budget instead of the score of those who could do nothing about it.
///
/// A case that is late is late by the platform if it would have been on time without the platform's part; else by policy if it would
/// have been without policy's part too; else by people. Whole µs, so that sums follow no order.
struct Lateness: Equatable, Sendable {
  let total: Int64
  /// Until people were asked or a permit was there, from the permit to the end, and for as long as nobody was called (a rung that
  /// came late).
  let platform: Int64
  /// The undo window, and a question to whoever asked.
  let policy: Int64
  /// From the first question to people until the end; nil where nobody was asked.
  let waited: Int64?

  /// No workflow may have a longer undo window. What is longer is the platform's.
  static let longestUndo: Int64 = 120_000_000

  var withoutPlatform: Int64 { total - platform }
  var peoples: Int64 { total - platform - policy }

  /// - Parameter end: of the case; of an open one, now. µs.
  /// - Returns: nil of a case whose admission is not on record.
  init?(_ m: CaseMeasures, until end: Int64) {
    guard let start = m[.ingested] else { return nil }
    total = max(0, end - start)
    guard let asked = m[.asked], m[.permitted] != nil || m[.permittedAlone] == nil else {
      // Nobody was asked before it was done.
      (platform, policy, waited) = (total, 0, nil)
      return
    }
    func before(_ time: Int64) -> Int64 { min(max(time, start), max(start, end)) }
    var (machine, prescribed) = (before(asked) - start, Int64(0))
    if let decided = m[.decidedLast], decided >= asked {
      let released = before(m[.permitted] ?? end)
      let undo = max(0, released - before(decided))
      prescribed += min(undo, Self.longestUndo)
      machine += max(0, undo - Self.longestUndo) + max(0, end - released)
    }
    if let question = m[.questioned] {
      // An open question ends with the decision or with the case.
      let answered = m[.answered].flatMap { $0 >= question ? $0 : nil } ?? m[.decidedLast].flatMap { $0 >= question ? $0 : nil } ?? end
      prescribed += before(answered) - before(question)
    }
    machine += m[.overdue] ?? 0
    platform = min(machine, total)
    policy = min(prescribed, total - platform)
    waited = max(0, end - before(asked))
  }
}
