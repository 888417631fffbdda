import Identity
import JSON
import Lanes
import Storage
import Wire

/// One piece of human work: the open question about a case.
struct ReviewTask: LaneState, Equatable {
  /// A lease on the task. Its fencing token is the task's `fence` at the time.
  struct Claim: Sendable, Equatable {
    let person: String
    let until: Instant
    /// Until when it can be made longer; nil of one from before that was told.
    var longest: Instant?
  }
  /// Somebody's name on a free task.
  struct Hold: Sendable, Equatable {
    let person: String
    let until: Instant
  }
  /// Somebody has seen a page.
  struct Acknowledgement: Sendable, Equatable {
    let person: String
    let at: Instant
  }

  /// A source that somebody has opened, and what it said then.
  struct Seen: Sendable, Equatable {
    let person: String
    let source: String
    let digest: String
  }
  /// A decision that somebody has made.
  struct Given: Sendable, Equatable {
    let id: String
    let person: String
    /// The human being behind the account.
    let claim: String
    let verb: String
    let version: Int64
    let groups: [String]
    /// The human beings for whom the person stood in then.
    var standsFor: [String] = []

    /// For whom it speaks; two decisions that speak for one human being are of one.
    var humans: Set<String> { Set([claim] + standsFor) }
  }
  /// It is decided as far as can be told here, and policy has the word.
  struct Settling: Sendable, Equatable {
    let decision: String
    let verb: String
    /// Of an edit: the hash of the edited action.
    let action: String
    /// Until when the decider may take it back, by the wall clock.
    let release: Instant
    /// When the task goes back to people if policy has said nothing.
    let until: Instant
  }

  /// The case file as policy wrote it, and SHA-256 of its canonical form: what people see, and what they sign that they saw.
  var request: JSON
  var view: String
  /// What of the case file differs from the version before.
  var changed: [String] = []
  /// The same, place by place (`Differences`), of the last changes.
  var differences: [JSON] = []
  /// Where the action of the case file is a person's edit: what was proposed before it.
  var proposed: JSON?
  var opened: Instant
  var rungs: [Rung]
  /// How many rungs are reached, from 1.
  var tier = 1
  /// How often the last rung was paged again.
  var pages = 0
  /// Whether an alert stands that must be resolved.
  var isPaged = false
  /// Who has seen the page that stands, and when.
  var acknowledged: Acknowledgement?
  var owner: String?
  var claim: Claim?
  /// Counts the claims, over all versions; each claim's token is its number.
  var fence: Int64 = 0
  /// Whose the last claim was, also when its lease has ended.
  var lastClaimant: String?
  /// Leases that ended by themselves since the task last moved on.
  var endedLeases = 0
  var hold: Hold?
  /// What whoever asked has not answered yet: the ladder stands still meanwhile.
  var question: Question?
  /// Questions that have gone out.
  var questions = 0
  /// Sources have changed since it was shown; nobody decides until the next version is there.
  var looking: Looking?
  /// How often they had.
  var looks = 0
  /// People who were asked for help: they may look and comment.
  var helpers: [String] = []
  /// Which sources were opened by whom; it holds on while a source says the same.
  var seen: [Seen] = []
  /// People to whom it is not offered any more.
  var skipped: [String] = []
  var given: [Given] = []
  var settling: Settling?
  /// Somebody has broken the glass, or asks policy for it.
  var glass: TaskGlass?
  /// Messages to people outside that are owed, in order, how many there have been, and the channels that heard of the task.
  var notices: [Notice] = []
  var noticed = 0
  var notified: [String] = []
  /// Nobody is asked any more; it lies here until its notices are delivered.
  var isOver = false
  /// What has happened, for the people who come next: `[{"at", "what", "who", "text"}]`.
  var story: [JSON] = []

  static let longestStory = 60
  static let mostHelpers = 8
  static let mostSeen = 100
  static let mostDifferences = 80
  /// After so many leases that ended without a decision the task moves up.
  static let mostEndedLeases = 3

  var version: Int64 { request["version"]?.integer ?? 0 }
  var workflow: String { request["workflow"]?.string ?? "" }
  /// A question without a case file, policy's or our own.
  var isBare: Bool { workflow.isEmpty }
  var risk: String { request["risk"]?.string ?? "high" }
  var requester: String? { request["requester"]?["id"]?.string }
  var group: String { rungs[safe: tier - 1]?.group ?? dutyGroup }
  var deadline: Instant { Instant(microseconds: request["deadline"]?.integer ?? .max) }
  var codes: [String] { (request["matches"]?.array ?? []).compactMap { $0["code"]?.string } }

  /// When the next rung is reached, or the last one is paged again.
  var nextRung: Instant? {
    guard question == nil else { return nil }
    if let rung = rungs[safe: tier] { return rung.due }
    guard pages < Rung.mostPages, let last = rungs.last else { return nil }
    return last.due.adding(seconds: Rung.pageAgainSeconds * Double(pages + 1))
  }

  var timers: [LaneTimer] {
    if isOver { return noticeTimers }
    if let settling { return noticeTimers + [LaneTimer("settle", due: settling.until)] }
    // Named by its rung: the one above a group of nobody is due at the same moment, and is another timer.
    var timers = noticeTimers + (nextRung.map { [LaneTimer("rung/\(tier)", due: $0)] } ?? [])
    if let question { timers.append(LaneTimer("question", due: question.until.adding(seconds: Self.questionPatience))) }
    if let looking { timers.append(LaneTimer("look", due: looking.until)) }
    if let claim { timers.append(LaneTimer("lease", due: claim.until)) }
    if let hold { timers.append(LaneTimer("hold", due: hold.until)) }
    return timers
  }

  var calls: [NoticeCall] { noticesDue.map { NoticeCall(notice: $0) } }

  /// The groups that are asked: those of the quorum, those that the ladder has reached, and the officers on duty.
  var asked: [String] {
    var found = Standing.groups(request["quorum"] ?? .null)
    for rung in rungs.prefix(tier) where !found.contains(rung.group) { found.append(rung.group) }
    if !found.contains(dutyGroup) { found.append(dutyGroup) }
    return found
  }
}

extension Array {
  subscript(safe index: Int) -> Element? { indices.contains(index) ? self[index] : nil }
}
