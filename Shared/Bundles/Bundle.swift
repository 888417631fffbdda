import CEL
import Domain

/// One version of a workflow's policy: checked whole, immutable, named by its content hash.
///
/// A class, since cases hold it and copying its many fields for each was a fifteenth of judging them.
public final class Bundle: Sendable {
  public let workflow: String
  public let template: Template
  /// The person accountable for the workflow.
  public let owner: String
  /// SHA-256, in hex, of `canonical`.
  public let hash: String
  /// RFC 8785 form of `{"policy": the parsed file, "schemas": {file: SHA-256 of its RFC 8785 form}}`: a changed schema
  /// is another version too.
  public let canonical: [UInt8]
  public let schemas: Schemas
  public let sources: [Source]
  public let sampling: Sampling
  public let standDown: StandDown
  /// Every group of people that the file names.
  public let groups: [String]
  public var queues: [Queue] { logic.assignment.queues.map(\.queue) }
  public let ladder: [Rung]
  /// Nil where nobody asks to hear of each case.
  public let supervisor: Supervisor?
  /// Nil where nobody may decide alone, whatever happens.
  public let breakGlass: BreakGlass?
  /// Seconds between a complete decision and its permit.
  public let undoSeconds: Int
  /// Seconds from admission after which an undecided case expires.
  public let deadlineSeconds: Int
  /// The permit's audience; nil where the workflow declares no action.
  public let executor: String?
  public let objectives: Objectives
  /// Every rule id of the file with its owner, in order.
  public var rules: [(id: String, owner: String)] { logic.rules.map { ($0.id, $0.owner) } }
  /// Every number that the file declares under `thresholds`, and the confidence floors, as `part.floor`.
  public let thresholds: [(name: String, value: Double)]
  /// What does no harm and yet cannot be meant: rules that no case meets or that others shadow, settings that nothing
  /// reads, rules without examples. A bundle with remarks works; `countersign workflow check` counts them as mistakes.
  public let remarks: [BundleMistake]

  let logic: Logic

  init(
    workflow: String, template: Template, owner: String, hash: String, canonical: [UInt8], schemas: Schemas,
    sources: [Source], sampling: Sampling, standDown: StandDown, groups: [String], ladder: [Rung],
    supervisor: Supervisor?, breakGlass: BreakGlass?, undoSeconds: Int, deadlineSeconds: Int, executor: String?, objectives: Objectives,
    thresholds: [(name: String, value: Double)], remarks: [BundleMistake], logic: Logic
  ) {
    self.workflow = workflow
    self.template = template
    self.owner = owner
    self.hash = hash
    self.canonical = canonical
    self.schemas = schemas
    self.sources = sources
    self.sampling = sampling
    self.standDown = standDown
    self.groups = groups
    self.ladder = ladder
    self.supervisor = supervisor
    self.breakGlass = breakGlass
    self.undoSeconds = undoSeconds
    self.deadlineSeconds = deadlineSeconds
    self.executor = executor
    self.objectives = objectives
    self.thresholds = thresholds
    self.remarks = remarks
    self.logic = logic
  }

  /// The file names that the policy declares.
  public struct Schemas: Sendable, Equatable {
    public var item: String
    public var output: String?
    public var action: String?
  }
}

/// What a verdict is computed from.
struct Logic: Sendable {
  var template: CELValue
  var threshold: CELValue
  var values: [(name: String, expression: Expression)]
  var context: [ReasonCode: Route]
  var prohibited: Prohibited
  var blend: Blend
  var bands: Bands
  var impact: Impact
  var rules: [Rule]
  var assignment: Assignment
  var conflicts: [Conflict]
  var shapes: Shapes
  var sources: [TypedSource]
  /// What each rule's condition reads of a case, also by way of `values`; by the rule's id.
  var reads: [String: [String]]
  /// What an exception may read of a case.
  var vocabulary: [String: CELType]

  /// What of each document is turned into CEL values; nil where nothing reads it.
  struct Shapes: Sendable {
    var item: Shape?
    var proposal: Shape?
    var action: Shape?
    var current: Shape?
    var sources: [String: Shape]
    var readsSources: Bool
    var readsPersonal: Bool
    var readsRequester: Bool
    var readsParts: Bool
    var readsRoute: Bool
    var readsCodes: Bool
  }
}
