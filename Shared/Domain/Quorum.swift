/// Whose approvals a case needs: a boolean tree over groups. One person fills one place only.
public indirect enum Quorum: Sendable, Equatable {
  /// `count` different people of a group.
  case group(String, count: Int)
  /// At least `count` of the branches, filled by different people.
  case of(Int, [Quorum])

  public static func all(_ branches: [Quorum]) -> Quorum { .of(branches.count, branches) }
  public static func any(_ branches: [Quorum]) -> Quorum { .of(1, branches) }

  /// The groups named anywhere in the tree, each once, in order.
  public var groups: [String] {
    switch self {
    case .group(let name, _): [name]
    case .of(_, let branches):
      branches.reduce(into: []) { found, branch in found += branch.groups.filter { !found.contains($0) } }
    }
  }

  /// The fewest people who can meet it.
  public var fewest: Int {
    switch self {
    case .group(_, let count): count
    case .of(let count, let branches): branches.map(\.fewest).sorted().prefix(count).reduce(0, +)
    }
  }

  /// People counted at most; approvals beyond these are ignored, so a larger quorum is never met by mistake.
  public static let mostApprovers = 12

  /// Whether these people meet it.
  ///
  /// - Parameter approvers: for each distinct person the groups that the person counts for. The caller has removed the
  ///   requester, editors and repeated people.
  public func isMet(by approvers: [[String]]) -> Bool {
    !seats(Array(approvers.prefix(Self.mostApprovers))).isEmpty
  }

  /// Every set of people (as a bit mask) that fills this tree with nobody in two places and nobody to spare.
  private func seats(_ approvers: [[String]]) -> Set<UInt16> {
    switch self {
    case .group(let name, let count):
      var able: UInt16 = 0
      for (index, groups) in approvers.enumerated() where groups.contains(name) { able |= 1 << UInt16(index) }
      return Set((0..<(UInt16(1) << UInt16(approvers.count))).filter { $0 & ~able == 0 && $0.nonzeroBitCount == count })
    case .of(let count, let branches):
      var filled: [Set<UInt16>] = [[0]]
      for branch in branches {
        let choices = branch.seats(approvers)
        var next = filled + [[]]
        for (done, people) in filled.enumerated() {
          for taken in people { for more in choices where taken & more == 0 { next[done + 1].insert(taken | more) } }
        }
        filled = next
      }
      return count < filled.count && count >= 0 ? filled[count] : []
    }
  }
}
