import Bundles
import Domain
import JSON
import Statistics
import Storage
import Wire

/// The four weeks of a rollout (S8), each with what must have been reached before the next: measured now from the workflow's folder and from the
/// record, and never ticked off by somebody. Too little data keeps a week open as a failure does.
struct Rollout: Sendable {
  /// What the folder says, as far as a week asks for it.
  struct Declared: Sendable, Equatable {
    /// What does no harm and cannot be meant: rules that no case meets, settings that nothing reads.
    var remarks: [String] = []
    var rules = 0
    var rungs = 0
    /// Whether somebody is called where nobody decides.
    var calls = false
    /// Whether a case can be carried out without a person.
    var isAutomatic = false
    var drawn: Double = 0

    init() {}

    init(_ bundle: Bundles.Bundle) {
      remarks = bundle.remarks.map { "\($0.file):\($0.line) \($0.expected)" }
      rules = bundle.rules.count
      rungs = bundle.ladder.count
      calls = bundle.ladder.contains { $0.alert != .none }
      isAutomatic = bundle.possible.routes.contains(.auto)
      drawn = bundle.sampling.mode == .none ? 0 : bundle.sampling.rate
    }
  }

  struct Week: Sendable, Equatable {
    let number: Int
    let name: String
    var criteria: [Readiness.Criterion] = []

    var isOpen: Bool { !criteria.allSatisfy { $0.state == .met } }
  }

  let workflow: String
  private(set) var weeks: [Week] = []

  /// The article's least: 5 to 10 of 100 that go alone are looked at.
  static let leastDrawn = 0.05
  /// What a reviewer must surely reach: 16 of 16, 24 of 25, 31 of 33 or 37 of 40 do.
  static let reviewerFloor = 0.8
  /// Of the newest cases at most so many are looked at for each reviewer.
  static let mostCases = 5_000
  static let atOnce: Int64 = 500

  /// The first week that is open; nil where the workflow may go live.
  var openWeek: Week? { weeks.first(where: \.isOpen) }

  /// - Parameters:
  ///   - test: when an alert was tested last, and which; nil where none ever was.
  ///   - checkpoint: yesterday, and whether its report is signed.
  init(_ promise: Promise, test: (code: String, at: Instant)?, checkpoint: (day: String, isSigned: Bool), _ transaction: any StoreTransaction) throws {
    workflow = promise.workflow
    let seen = try Seen(promise, transaction)
    weeks = [
      Week(number: 1, name: "policy, criteria, ladder", criteria: Self.policy(promise.declared)),
      Week(number: 2, name: "record and alerts", criteria: [Self.canary(seen, promise), Self.tested(test)]),
      Week(number: 3, name: "reviewers", criteria: Self.reviewers(seen)),
      Week(number: 4, name: "conservative, looked at daily", criteria: [Self.drawn(promise.declared), Self.signed(checkpoint)]),
    ]
  }

  private static func policy(_ declared: Declared) -> [Readiness.Criterion] {
    let remarks = declared.remarks
    return [
      .init(
        name: "policy", state: remarks.isEmpty ? .met : .failed,
        words: remarks.isEmpty ? "the policy is sound: \(declared.rules) rules" : "\(remarks.count) things in the policy cannot be meant: \(remarks[0])"),
      .init(
        name: "ladder", state: declared.rungs >= 2 && declared.calls ? .met : .failed,
        words: declared.rungs < 2 ? "the ladder has \(declared.rungs) rungs: nobody follows where nobody decides"
          : declared.calls ? "the ladder has \(declared.rungs) rungs and calls somebody" : "no rung of the ladder calls anybody"),
    ]
  }

  private static func canary(_ seen: Seen, _ promise: Promise) -> Readiness.Criterion {
    guard let canary = seen.canary else {
      return .init(name: "canary", state: .unknown, words: "no case under bundle \(promise.bundle.prefix(12)) has ended yet")
    }
    return .init(
      name: "canary", state: canary.isWhole ? .met : .failed,
      words: canary.isWhole ? "case \(canary.caseID) is on record with every field and every transition"
        : "the record of case \(canary.caseID) lacks something: \(canary.lacks)")
  }

  private static func tested(_ test: (code: String, at: Instant)?) -> Readiness.Criterion {
    .init(
      name: "alert", state: test == nil ? .failed : .met,
      words: test.map { "the alert \($0.code) was sent and ended as a test at \($0.at)" } ?? "no alert was ever tested (countersign alarms --test)")
  }

  private static func reviewers(_ seen: Seen) -> [Readiness.Criterion] {
    guard !seen.people.isEmpty else { return [.init(name: "reviewers", state: .unknown, words: "nobody has decided a case yet")] }
    return seen.people.sorted { precedes($0.key, $1.key) }.map { person, share -> Readiness.Criterion in
      let low = share.wilson()?.low ?? 0
      let told = "\(person): \(share.hits) of \(share.count) decisions were right"
      guard share.count > 0 else { return .init(name: "reviewer", state: .unknown, words: "\(person): none of the decisions was judged by two others") }
      if low >= reviewerFloor { return .init(name: "reviewer", state: .met, words: "\(told), surely \(percent(low))") }
      // More of the same may still do.
      let isLost = (share.wilson()?.high ?? 1) < reviewerFloor
      return .init(name: "reviewer", state: isLost ? .failed : .unknown, words: "\(told): surely \(percent(low)), \(percent(reviewerFloor)) are needed")
    }
  }

  private static func drawn(_ declared: Declared) -> Readiness.Criterion {
    guard declared.isAutomatic else { return .init(name: "thresholds", state: .met, words: "nothing goes without a person") }
    return .init(
      name: "thresholds", state: declared.drawn >= leastDrawn ? .met : .failed,
      words: "\(percent(declared.drawn)) of what goes alone is looked at; at least \(percent(leastDrawn)) must be")
  }

  private static func signed(_ checkpoint: (day: String, isSigned: Bool)) -> Readiness.Criterion {
    .init(
      name: "checkpoint", state: checkpoint.isSigned ? .met : .failed,
      words: checkpoint.isSigned ? "the daily report of \(checkpoint.day) is signed" : "nobody has signed the daily report of \(checkpoint.day)")
  }

  var json: JSON {
    [
      "workflow": .string(workflow), "live": .bool(openWeek == nil), "open_week": openWeek.map { .integer(Int64($0.number)) } ?? .null,
      "weeks": .array(
        weeks.map { week in
          [
            "week": .integer(Int64(week.number)), "name": .string(week.name), "open": .bool(week.isOpen),
            "criteria": .array(week.criteria.map(\.json)),
          ]
        }),
    ]
  }
}

/// What the newest cases of a workflow show.
private struct Seen {
  struct Canary {
    let caseID: String
    let isWhole: Bool
    let lacks: String
  }
  /// The newest case under the bundle in force that has ended.
  var canary: Canary?
  /// Of everybody who decided: how many decisions that two others judged blindly were right, a stopped error and a right proposal that went.
  var people: [String: Proportion] = [:]

  init(_ promise: Promise, _ transaction: any StoreTransaction) throws {
    var filter = CaseFilter(labels: ["workflow=\(promise.workflow)"], limit: Rollout.atOnce)
    var looked = 0
    while looked < Rollout.mostCases {
      let rows = try filter.rows(transaction)
      for row in rows { take(row, promise) }
      looked += rows.count
      guard rows.count == Int(Rollout.atOnce), let last = rows.last?.id else { break }
      filter.before = last
    }
  }

  private mutating func take(_ row: CaseRow, _ promise: Promise) {
    guard let sums = Contribution(row)?.sums else { return }
    if canary == nil, row.facts[.bundle].map({ $0.utf8.elementsEqual(promise.bundle.utf8) }) == true {
      let (fields, steps) = (sums[.fieldsRequired] - sums[.fieldsPresent], sums[.chainDue] - sums[.chainSeen])
      canary = Canary(
        caseID: row.id, isWhole: fields == 0 && steps == 0 && sums[.fieldsRequired] > 0,
        lacks: "\(fields) of \(sums[.fieldsRequired]) fields, \(steps) of \(sums[.chainDue]) transitions")
    }
    let (right, wrong) = (sums[.caught] + sums[.cleared], sums[.missed] + sums[.alarmed])
    for person in row.measures.deciders.keys {
      let old = people[person] ?? Proportion(0, of: 0)
      people[person] = Proportion(old.hits + Int(right), of: old.count + Int(right + wrong))
    }
  }
}
