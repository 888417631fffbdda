import Domain
import Foundation
import Wire
import Yams

/// For how long contents of cases are kept after their end (`RETENTION`): classes, and which workflow is of which.
///
///     minimum_days: 183                    # no class may keep anything for less
///     notice_hours: 24                     # so long before it is destroyed the ledger says so
///     classes:
///       standard: {days: 400}
///       short: {days: 400, parts: {model: 190}}     # item, model, people, action: a part of the case with days of its own
///     workflows: {ticket-summary: short}
///     others: standard                     # of all workflows that are not named; without it nothing of them is destroyed
struct RetentionFile: Sendable, Equatable {
  typealias Class = RetentionClass
  static let mostDays: Int64 = 36_500
  /// Six months: the least that a workflow of high risk must keep (AI Act, article 19).
  static let usualMinimum: Int64 = 183

  private(set) var minimum = usualMinimum
  /// Hours between the record that says what will go, and its going: somebody may want to place a hold.
  private(set) var notice: Int64 = 24
  private(set) var classes: [String: Class] = [:]
  private(set) var workflows: [String: String] = [:]
  private(set) var others: String?
  /// SHA-256 of the text, lower-case hexadecimal: which declaration an erasure rests on.
  let digest: String
  private(set) var mistakes: [String] = []

  /// Nothing is declared, so that nothing is destroyed.
  static let none = RetentionFile("")

  init(_ yaml: String) {
    digest = hex(sha256(Array(yaml.utf8)))
    guard !yaml.isEmpty else { return }
    do {
      guard let root = try Yams.compose(yaml: yaml)?.mapping else {
        mistakes.append("line 1: classes and workflows were expected")
        return
      }
      read(root)
    } catch { mistakes.append("YAML was expected: \(error)") }
  }

  /// Nil: its contents are not destroyed by time.
  func retention(of workflow: String?) -> Class? {
    guard let workflow else { return nil }
    return (workflows[workflow] ?? others).flatMap { classes[$0] }
  }

  /// The shortest time after which anything is destroyed, µs; nil where nothing ever is.
  var soonest: Int64? {
    let used = Set(workflows.values).union(others.map { [$0] } ?? [])
    return classes.values.filter { used.contains($0.name) }.map(\.fewest).min().map { $0 * RetentionClass.day }
  }

  private mutating func note(_ node: Node?, _ text: String) {
    guard mistakes.count < 100 else { return }
    mistakes.append("line \(node?.mark?.line ?? 1): \(text)")
  }

  private mutating func read(_ root: Node.Mapping) {
    for (key, node) in root where !["minimum_days", "notice_hours", "classes", "workflows", "others"].contains(key.string ?? "") {
      note(node, "\(key.string ?? "?"): nothing reads this; use minimum_days, notice_hours, classes, workflows, others")
    }
    if let node = root["minimum_days"] {
      if let days = node.int, (0...Int(Self.mostDays)).contains(days) { minimum = Int64(days) } else {
        note(node, "minimum_days: a number of days was expected")
      }
    }
    if let node = root["notice_hours"] {
      if let hours = node.int, (0...720).contains(hours) { notice = Int64(hours) } else { note(node, "notice_hours: hours were expected, at most 720") }
    }
    for (key, node) in root["classes"]?.mapping ?? [:] { readClass(key.string ?? "", node) }
    if classes.isEmpty { note(root["classes"], "classes: at least one was expected, as standard: {days: 400}") }
    for (key, node) in root["workflows"]?.mapping ?? [:] {
      guard let name = node.string, classes[name] != nil else {
        note(node, "workflows.\(key.string ?? "?"): one of the classes was expected: \(classes.keys.sorted().joined(separator: ", "))")
        continue
      }
      workflows[key.string ?? ""] = name
    }
    if let node = root["others"] {
      others = node.string
      if others.flatMap({ classes[$0] }) == nil { note(node, "others: one of the classes was expected") }
    }
  }

  private mutating func readClass(_ name: String, _ node: Node) {
    let isName = (1...40).contains(name.utf8.count) && name.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D }
    guard isName, let mapping = node.mapping, let days = days(mapping["days"], "classes.\(name).days") else {
      return note(node, "classes.\(name): a name in lower case with {days: …} was expected")
    }
    var made = Class(name: name, days: days)
    for (key, node) in mapping where !["days", "parts"].contains(key.string ?? "") { note(node, "classes.\(name).\(key.string ?? "?"): nothing reads this") }
    for (key, node) in mapping["parts"]?.mapping ?? [:] {
      guard let part = key.string.flatMap(ContentPart.init(rawValue:)) else {
        note(node, "classes.\(name).parts.\(key.string ?? "?"): \(ContentPart.allCases.map(\.rawValue).joined(separator: ", ")) were expected")
        continue
      }
      if let days = self.days(node, "classes.\(name).parts.\(part.rawValue)") { made.parts[part] = days }
    }
    classes[name] = made
  }

  private mutating func days(_ node: Node?, _ path: String) -> Int64? {
    guard let days = node?.int, days >= 0, days <= Int(Self.mostDays) else {
      note(node, "\(path): a number of days was expected, at most \(Self.mostDays)")
      return nil
    }
    guard Int64(days) >= minimum else {
      note(node, "\(path): \(days) days are less than minimum_days (\(minimum))")
      return nil
    }
    return Int64(days)
  }
}
