import Domain

extension Bundle {
  /// Who decides a case and who is called when nobody does, in words: a decision tree to be read aloud.
  public var ladderInWords: [String] {
    let told = ConditionWords(logic.threshold)
    func condition(_ when: Expression?) -> String { when.map { "when \(told.told($0))" } ?? "otherwise" }
    var lines = ["\(workflow): template \(template.rawValue), \(owner) is accountable for it", "", "Where a case waits"]
    lines += logic.assignment.queues.map { "  \(condition($0.when)): in the queue \($0.queue.name), for \($0.queue.group)" }
    if let supervisor {
      lines.append("  told when it opens: \(supervisor.group)\(supervisor.alert == .none ? "" : ", \(Self.words(supervisor.alert))")")
    }
    lines += ["", "Whose approval it needs"]
    lines += logic.assignment.approvals.map { "  \(condition($0.when)): \(Self.words($0.need))" }
    lines.append("  never counted: whoever asked for it, whoever edited it, and one person twice")
    lines += logic.conflicts.map { "  nor when \(told.told($0.when)) (\($0.id))" }
    lines += ["", "When nobody decides"]
    lines += ladder.enumerated().map { index, rung in
      Self.words(rung, after: index == 0 ? nil : ladder[index - 1], isLast: index == ladder.count - 1)
    }
    lines.append("  then every 30 minutes a page again, at most 9; the case waits and is never approved by time")
    lines.append("  after \(Self.span(deadlineSeconds)): it expires, undecided")
    if let glass = breakGlass {
      lines += ["", "When others cannot be reached"]
      lines.append("  \(glass.group) may break the glass for one case: for \(glass.minutes) minutes, at most \(glass.mostMinutes), one of them decides it alone")
      lines.append("  told at once: \(glass.tell.joined(separator: ", ")), \(Self.words(glass.alert)); looked at within 24 hours by \(glass.reviewers)")
    }
    lines += ["", "After a decision"]
    lines.append("  for \(undoSeconds) s it can be taken back; then it goes out, once")
    return lines
  }

  private static func words(_ rung: Rung, after before: Rung?, isLast: Bool) -> String {
    let time: String
    if let calendar = rung.calendar, let before {
      time = "\(span((rung.afterMinutes - before.afterMinutes) * 60)) of \(calendar)'s working time later"
    } else {
      time = rung.afterMinutes == 0 ? "at once" : "after \(span(rung.afterMinutes * 60))"
    }
    let group = rung.group == "queue" ? "the queue's group" : rung.group
    let who = isLast ? "the duty officer owns it by name; \(group) may decide it too" : "\(group) may decide it"
    return "  \(time): \(who), \(rung.alert == .none ? "nobody is called" : "called \(words(rung.alert))")"
  }

  private static func words(_ alert: Rung.Alert) -> String {
    switch alert {
    case .none: "by nothing"
    case .email: "by e-mail"
    case .slack: "by Slack"
    case .pagerduty: "by PagerDuty"
    }
  }

  private static func words(_ need: Quorum) -> String {
    switch need {
    case .group(let name, let count): "\(count) of \(name)"
    case .of(let count, let branches) where count == branches.count: branches.map(nested).joined(separator: " and ")
    case .of(1, let branches): branches.map(nested).joined(separator: " or ")
    case .of(let count, let branches): "\(count) of these: " + branches.map(nested).joined(separator: "; ")
    }
  }

  private static func nested(_ need: Quorum) -> String {
    if case .group = need { return words(need) }
    return "(\(words(need)))"
  }

  static func span(_ seconds: Int) -> String {
    for (unit, name) in [(86_400, "day"), (3_600, "hour"), (60, "minute")] where seconds >= unit && seconds % unit == 0 {
      return "\(seconds / unit) \(name)\(seconds == unit ? "" : "s")"
    }
    return "\(seconds) s"
  }
}
