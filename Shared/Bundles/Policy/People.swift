import CEL
import Domain

/// A rung of the ladder on which an untouched task climbs.
public struct Rung: Sendable, Equatable {
  public enum Alert: String, Sendable, CaseIterable {
    case none, email, slack, pagerduty
  }
  public var afterMinutes: Int
  /// Who may take the task from then on; "queue" stands for the group of the case's queue.
  public var group: String
  public var alert: Alert
  /// The working hours in which its time box runs, by a name that the reviewer's schedules know; nil for the wall clock.
  public var calendar: String?
}

/// Who hears of each case that people are asked about, when it opens; nobody has to do anything for that.
public struct Supervisor: Sendable, Equatable {
  public var group: String
  /// Never a page.
  public var alert: Rung.Alert
}

/// Where people find cases.
public struct Queue: Sendable, Equatable {
  public var name: String
  public var group: String
}

/// Who decides, by condition: two decision lists, each with an entry for every case.
struct Assignment: Sendable {
  var approvals: [(when: Expression?, need: Quorum)]
  var queues: [(when: Expression?, queue: Queue)]
}
