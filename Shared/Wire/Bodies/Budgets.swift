import JSON

/// `budgets`: which of a workflow's budgets are spent beyond doubt, told by audit whenever that changes. While one is, the workflow is not
/// ready and nothing about it is loosened.
public struct BudgetState: Body, Equatable {
  public static let type = "countersign.budget.state.v1"
  /// A workflow whose budgets are spent.
  public static let notReady = "not_ready"
  public let workflow: String
  /// Names of the budgets; none where it may be loosened again.
  public let exhausted: [String]
  /// What was bad of how much, of each.
  public let because: [String]
  /// The first day on which enough will have left the window if nothing more goes wrong, as 2026-12-24; nil where nobody can say.
  public let until: String?
  public let at: Instant

  public init(workflow: String, exhausted: [String], because: [String], until: String?, at: Instant) {
    self.workflow = workflow
    self.exhausted = exhausted
    self.because = because
    self.until = until
    self.at = at
  }

  public var isReady: Bool { exhausted.isEmpty }
  public var key: String { Self.key(of: workflow) }
  public static func key(of workflow: String) -> String { "\(prefix)\(workflow)" }
  public static let prefix = "budget/"

  public func write(_ writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("workflow", workflow)
      writer.member("state", isReady ? "ready" : Self.notReady)
      writer.member("exhausted", JSON.array(exhausted.map { .string($0) }))
      writer.member("because", JSON.array(because.map { .string($0) }))
      if let until { writer.member("until", until) }
      writer.member("at", at)
    }
  }

  public init(_ fields: Fields) throws(WireError) {
    self.init(
      workflow: try fields.text("workflow"), exhausted: try fields.texts("exhausted"), because: try fields.texts("because"),
      until: fields.optionalText("until"), at: try fields.instant("at"))
  }
}

/// `verdicts`: policy has heard it, and from here on refuses to loosen anything of the workflow, or does so again.
public struct FreezeNoted: Body, Equatable {
  public static let type = "countersign.freeze.noted.v1"
  public let state: BudgetState

  public init(_ state: BudgetState) { self.state = state }

  public func write(_ writer: inout JSONWriter) { state.write(&writer) }
  public init(_ fields: Fields) throws(WireError) { state = try BudgetState(fields) }
}
