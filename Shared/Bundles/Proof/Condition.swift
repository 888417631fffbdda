import CEL

/// A condition as the ways of making it true, so that something can be proved of it.
struct Condition {
  let ways: [Claims]

  /// A condition with more ways is not looked at.
  private static let mostWays = 64

  /// Nil for a condition that is too manifold.
  init?(_ expression: Expression, _ domains: Domains) {
    guard let outline = CELOutline(expression.source), let ways = Self.ways(outline) else { return nil }
    self.ways = ways.map { Claims($0, domains) }
  }

  /// Why no case can meet it; nil where one may.
  var impossible: String? {
    let reasons = ways.map(\.contradiction)
    return reasons.allSatisfy { $0 != nil } ? reasons.compactMap { $0 }.first : nil
  }

  /// Whether a case that meets this one is proved to meet the other too.
  func implies(_ other: Condition) -> Bool {
    impossible == nil
      && ways.allSatisfy { way in
        way.contradiction != nil || other.ways.contains { $0.atoms.allSatisfy(way.imply) }
      }
  }

  private static func ways(_ outline: CELOutline) -> [[CELOutline]]? {
    switch outline {
    case .any(let parts):
      var all: [[CELOutline]] = []
      for part in parts {
        guard let ways = ways(part) else { return nil }
        all += ways
        guard all.count <= mostWays else { return nil }
      }
      return all
    case .all(let parts):
      var all: [[CELOutline]] = [[]]
      for part in parts {
        guard let ways = ways(part), all.count * ways.count <= mostWays else { return nil }
        all = all.flatMap { before in ways.map { before + $0 } }
      }
      return all
    default: return [[outline]]
    }
  }
}
