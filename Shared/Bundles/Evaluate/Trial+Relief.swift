import Domain

extension Trial {
  /// What a match rests on, for telling what would have had to differ.
  enum Ground {
    case rule(Int)
    case tier(Int)
    case band(Int)
    /// Told already.
    case said(String)
    /// Nothing about the case changes it.
    case fixed
  }

  /// Tells of the matches that fix the route what would have had to differ; the others change nothing.
  func relieve(_ route: Route) {
    guard route > .auto else { return }
    let fixing = matches.indices.filter { matches[$0].asks == route }
    // Where one can never ask for less it does not matter what the others would have needed.
    let isStuck = grounds.contains { entry in
      if case .fixed = entry.ground { matches[entry.index].asks == route } else { false }
    }
    guard !isStuck else { return }
    for index in fixing {
      matches[index].relief = relief(matches[index], grounds.first { $0.index == index }?.ground)
    }
  }

  private func relief(_ match: Match, _ ground: Ground?) -> Relief? {
    switch ground {
    case .rule(let index): return told(logic.rules[index].relief)
    case .tier(let index): return told(logic.impact.tiers[index].relief)
    case .band(let index): return relief(band: index)
    case .said(let text): return Relief(.auto, text)
    case .fixed: return nil
    case nil: return generic(match)
    }
  }

  private func told(_ need: Need?) -> Relief? { need?.told(in: scope).map { Relief(.auto, $0) } }

  /// The next milder route that an earlier band gives.
  private func relief(band index: Int) -> Relief? {
    let bands = logic.bands.bands
    let earlier = bands[..<index].filter { $0.route < bands[index].route }
    guard let route = earlier.map(\.route).max() else { return nil }
    let needs = earlier.filter { $0.route == route }.compactMap { $0.need?.told(in: scope) }
    return needs.last.map { Relief(route, $0) }
  }

  /// For findings and what is prohibited: the thing itself would have had to be absent.
  private func generic(_ match: Match) -> Relief? {
    let place = match.evidence.isEmpty ? match.rule : match.evidence
    switch match.code {
    case .policyProhibited: return Relief(.auto, "\(place) would have had to be free of it")
    case .policyError: return Relief(.auto, "\(match.rule) would have had to be judged")
    default: return Relief(.auto, "\(place) would have had to be without it: \(match.code.title)")
    }
  }
}
