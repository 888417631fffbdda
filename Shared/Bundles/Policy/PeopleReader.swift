import CEL
import Domain
import Yams

/// Reads `groups`, `approvals`, `queues`, `supervisor`, `break_glass` and `ladder`.
struct PeopleReader {
  let expressions: ExpressionReader
  let variables: [String: CELType]
  var mistakes: Mistakes { expressions.mistakes }

  func groups(_ root: Section) -> [String] {
    let groups = root.texts(
      "groups", required: "list the groups of people that this file names", atMost: 50, longest: 60)
    for (index, group) in groups.enumerated() where groups[..<index].contains(where: { $0.text == group.text }) {
      mistakes.add(group, "each group once, \(group.text) stands twice", "remove one")
    }
    for group in groups where group.text == "queue" {
      mistakes.add(group, "another name expected: `queue` stands for a queue's group", "rename it")
    }
    return groups.map(\.text)
  }

  func approvals(_ root: Section, _ groups: [String]) -> [(when: Expression?, need: Quorum)] {
    let sections = root.sections("approvals", required: "say who must approve, at least `when: otherwise`", atMost: 16)
    return sections.enumerated().compactMap { index, section in
      defer { section.finish() }
      let (otherwise, when) = readCondition(section, last: index == sections.count - 1, expressions, variables)
      guard let (line, node) = section.node("need") else {
        section.missing("need", "name a group, or {all: [group, group]}")
        return nil
      }
      guard let need = quorum(node, line, section.pathed("need"), groups, 0) else { return nil }
      if need.fewest > Quorum.mostApprovers {
        mistakes.add(
          line, section.pathed("need"), "at most \(Quorum.mostApprovers) approvers expected", "ask for fewer")
      }
      return when != nil || otherwise ? (when, need) : nil
    }
  }

  /// `group`, `{group: name, count: 2}`, `{all: […]}`, `{any: […]}` or `{count: 2, of: […]}`.
  private func quorum(_ node: Node, _ line: Int, _ path: String, _ groups: [String], _ depth: Int) -> Quorum? {
    if case .scalar(let scalar) = node {
      return known(LocatedText(text: scalar.string, line: scalar.mark?.line ?? line, key: path), groups)
        ? .group(scalar.string, count: 1) : nil
    }
    guard depth < 4, let section = Section(node, path: path, mistakes) else {
      mistakes.add(line, path, "a group or a tree of at most four levels expected", "write {all: [group, group]}")
      return nil
    }
    defer { section.finish() }
    if let group = section.text("group", longest: 60) {
      let count = section.whole("count", in: 1...Quorum.mostApprovers, default: 1)
      return known(group, groups) ? .group(group.text, count: count) : nil
    }
    for key in ["all", "any", "of"] {
      guard let (line, branches) = section.node(key) else { continue }
      guard case .sequence(let sequence) = branches, (1...8).contains(sequence.count) else {
        mistakes.add(line, section.pathed(key), "a list of 1 to 8 groups expected", "write [group, group]")
        return nil
      }
      let made = sequence.enumerated().compactMap {
        quorum($1, line, "\(section.pathed(key))[\($0)]", groups, depth + 1)
      }
      guard made.count == sequence.count else { return nil }
      switch key {
      case "all": return .all(made)
      case "any": return .any(made)
      default: return .of(section.whole("count", in: 1...made.count, default: made.count), made)
      }
    }
    mistakes.add(section.line, path, "group, all, any or of expected", "write {all: [group, group]}")
    return nil
  }

  func queues(_ root: Section, _ groups: [String]) -> [(when: Expression?, queue: Queue)] {
    let sections = root.sections("queues", required: "name at least one queue with `when: otherwise`", atMost: 16)
    return sections.enumerated().compactMap { index, section in
      defer { section.finish() }
      let (otherwise, when) = readCondition(section, last: index == sections.count - 1, expressions, variables)
      let name = section.text("name", required: "name the queue", longest: 60)
      let group = section.text("group", required: "name the group that works it", longest: 60)
      guard let name, let group, known(group, groups), when != nil || otherwise else { return nil }
      return (when, Queue(name: name.text, group: group.text))
    }
  }

  func supervisor(_ root: Section, _ groups: [String]) -> Supervisor? {
    guard let section = root.section("supervisor") else { return nil }
    defer { section.finish() }
    let group = section.text("group", required: "name the group that hears of each case", longest: 60)
    // Whoever only hears of something is not to be woken for it.
    let alert = section.choice("alert", Rung.Alert.self, among: [.none, .email, .slack]) ?? .none
    guard let group, known(group, groups) else { return nil }
    return Supervisor(group: group.text, alert: alert)
  }

  func ladder(_ root: Section, _ groups: [String]) -> [Rung] {
    var before = -1
    let sections = root.sections("ladder", required: "write rungs such as {after_minutes: 0, group: queue}", atMost: 8)
    return sections.enumerated().compactMap { index, section in
      defer { section.finish() }
      let minutes = section.whole("after_minutes", in: 0...10_080, default: -1)
      let group = section.text(
        "group", required: "name who takes over: an empty tier leaves a case to nobody", longest: 60)
      let alert = section.choice("alert", Rung.Alert.self) ?? .none
      let calendar = section.text("calendar", longest: 60)
      if !section.has("after_minutes") {
        section.missing("after_minutes", "write the minutes since the task was opened")
      }
      if index == 0, minutes > 0 {
        mistakes.add(section.line, section.path, "a first rung at 0 minutes expected", "write after_minutes: 0")
      }
      if minutes >= 0, minutes <= before {
        mistakes.add(
          section.line, section.path, "more minutes than the rung before expected", "order the rungs by time")
      }
      if index == 0, let calendar {
        mistakes.add(calendar, "no calendar expected at the first rung: nobody has to wait for it", "remove it")
      }
      before = max(before, minutes)
      guard let group, group.text == "queue" || known(group, groups) else { return nil }
      return Rung(afterMinutes: minutes, group: group.text, alert: alert, calendar: calendar?.text)
    }
  }

  func known(_ group: LocatedText, _ groups: [String]) -> Bool {
    if groups.contains(group.text) { return true }
    mistakes.add(
      group, "a group of `groups` expected, found \(group.text)",
      nearest(group.text, among: groups).map { "did you mean \($0)?" } ?? "add it to groups")
    return false
  }
}
