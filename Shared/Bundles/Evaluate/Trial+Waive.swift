import Domain

extension Trial {
  /// What an exception in force names asks for nothing any more; it stays in the explanation.
  func waive() {
    // Nothing takes the place of an expert's own decision.
    guard bundle.template != .expert else { return }
    for exception in facts.exceptions where exception.isInForce(at: facts.now) {
      let named = matches.indices.filter {
        matches[$0].waived == nil && matches[$0].isWaivable && exception.waives.contains(matches[$0].code)
      }
      guard !named.isEmpty, exception.covers(facts, bundle) else { continue }
      for index in named { matches[index].waived = exception.waived }
    }
  }
}
