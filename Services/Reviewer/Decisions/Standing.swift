import Domain
import Identity
import JSON
import Permits

/// How far the approvals of a task go. Policy reckons for itself from the signatures; here it decides who is still asked.
struct Standing {
  let quorum: Quorum?
  /// Distinct people whose approval counts.
  let approvers: [ReviewTask.Given]

  init(_ task: ReviewTask) {
    quorum = Standing.quorum(task.request["quorum"] ?? .null)
    let carried = (task.request["approvals"]?.array ?? []).compactMap(\.string)
    let editors = Standing.editors(task)
    var seen: Set<String> = []
    approvers = task.given.filter { given in
      guard given.verb == Approval.Verb.approve.rawValue, given.version == task.version || carried.contains(given.id),
        !editors.contains(where: { $0.hasSuffix(" \(given.person)") }), seen.isDisjoint(with: given.humans)
      else { return false }
      seen.formUnion(given.humans)
      return true
    }
  }

  /// Whether they suffice.
  var isMet: Bool { quorum.map { $0.isMet(by: seats) } ?? false }

  private var seats: [[String]] {
    approvers.map { $0.groups + ($0.groups.contains(dutyGroup) ? quorum?.groups ?? [] : []) }
  }

  /// Places of the quorum, in its order, with who fills them; nil where somebody is still needed.
  var places: [(group: String, person: String?)] {
    var free = approvers
    return (quorum.map(Standing.leaves) ?? []).map { group in
      guard let at = free.firstIndex(where: { $0.groups.contains(group) || $0.groups.contains(dutyGroup) }) else {
        return (group, nil)
      }
      return (group, free.remove(at: at).person)
    }
  }

  private static func leaves(_ quorum: Quorum) -> [String] {
    switch quorum {
    case .group(let name, let count): Array(repeating: name, count: max(0, min(count, Quorum.mostApprovers)))
    case .of(_, let branches): branches.flatMap(leaves)
    }
  }

  static func editors(_ task: ReviewTask) -> [String] { (task.request["editors"]?.array ?? []).compactMap(\.string) }

  static func groups(_ json: JSON) -> [String] { quorum(json)?.groups ?? [] }

  /// Nil for anything that policy would not write.
  static func quorum(_ json: JSON, depth: Int = 0) -> Quorum? {
    guard depth < 16 else { return nil }
    if let name = json["group"]?.string, let count = json["count"]?.integer { return .group(name, count: Int(clamping: count)) }
    guard let count = json["of"]?.integer, let branches = json["branches"]?.array else { return nil }
    let read = branches.compactMap { quorum($0, depth: depth + 1) }
    return read.count == branches.count ? .of(Int(clamping: count), read) : nil
  }
}
