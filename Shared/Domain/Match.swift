/// A rule or check that fired, with the sentence that explains it.
public struct Match: Sendable, Equatable {
  /// The rule's id in the policy file, or the name of a built-in check.
  public var rule: String
  public var gate: Gate
  public var code: ReasonCode
  /// The mildest route that this match allows.
  public var route: Route
  /// One sentence of at most 160 characters, with the value seen and the threshold.
  public var because: String
  /// The field or source that it rests on, as a dotted path; empty where it rests on the workflow itself.
  public var evidence: String
  /// What would have had to differ for it to ask for less; told of matches that fix the route, nil where nothing would.
  public var relief: Relief?
  /// The exception that relieves it; it stands in the explanation then and asks for nothing.
  public var waived: Waived?

  /// The mildest route that it still allows.
  public var asks: Route { waived == nil ? route : .auto }

  public init(
    rule: String, gate: Gate, code: ReasonCode, route: Route, because: String, evidence: String, relief: Relief? = nil
  ) {
    self.rule = rule
    self.gate = gate
    self.code = code
    self.route = route
    self.because = because
    self.evidence = evidence
    self.relief = relief
  }
}
