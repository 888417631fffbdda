import Domain

extension Bundle {
  /// What policy finds before the model is asked: prohibited content, and what intake found.
  ///
  /// Its findings stay with the case: `evaluate` carries them into every later verdict.
  public func admit(_ facts: CaseFacts) -> Admission {
    let trial = Trial(self, facts)
    trial.admit()
    return Admission(matches: trial.matches)
  }

  /// Judges a case.
  ///
  /// Total: whatever cannot be judged sends the case to a person with that reason. Deterministic: equal facts give
  /// equal verdicts. The route is the strictest that any match asks for.
  public func evaluate(_ facts: CaseFacts) -> Verdict {
    let trial = Trial(self, facts)
    if let admission = facts.admission { trial.matches = admission.matches } else { trial.admit() }
    trial.judgeContext()
    trial.computeValues()
    trial.judgeImpact()
    trial.judgeConfidence()
    trial.judgeRules()
    trial.judgeFloors()
    trial.waive()
    return trial.verdict()
  }

  /// Which prohibited entries, for any place, private values hold: to be asked by whoever puts tokens in their place, and
  /// told to `CaseFacts.held`.
  ///
  /// - Parameter values: by their tokens. - Returns: ids by token, without those of harmless values.
  public func prohibited(in values: [String: String]) -> [String: [String]] {
    values.mapValues { logic.prohibited.ids(heldBy: $0) }.filter { !$0.value.isEmpty }
  }

  /// The verdict in sentences: the route, then each reason, then how confidence came about.
  public func explain(_ verdict: Verdict) -> [String] {
    let routes: [Route: String] = [
      .auto: "It may run without a person", .review: "A reviewer decides", .sme: "An expert decides",
      .block: "It may not run; a person confirms that",
    ]
    let first = verdict.matches.firstIndex { $0.waived == nil }
    var lines = ["\(routes[verdict.route] ?? ""): \(first.map { verdict.matches[$0].because } ?? "no rule speaks against it")."]
    lines += verdict.matches.enumerated().filter { $0.offset != first }.map { _, match in
      "\(match.code.title): \(match.because)\(match.waived.map { "; \($0.sentence)" } ?? "")."
    }
    let parts = verdict.parts.map { part in
      "\(part.name.rawValue) \(part.value.map(decimal) ?? "unknown") × \(decimal(part.weight))"
    }
    let blend = "\(verdict.confidence.map(decimal) ?? "unknown") = \(parts.joined(separator: " + "))"
    lines.append("confidence \(blend); risk \(verdict.risk.rawValue).")
    return lines
  }
}
