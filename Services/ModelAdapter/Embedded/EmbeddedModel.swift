import JSON

/// The model that needs no network: a classical method for each kind of workflow, trained when it is made from the
/// labelled examples of the workflow's folder. The same folder gives the same answers on every machine.
public struct EmbeddedModel: Sendable {
  public enum Kind: String, Sendable, CaseIterable {
    /// Extractive summary and a category.
    case ticketSummary = "ticket-summary"
    /// The nearest approved reply, its gaps filled.
    case replyDraft = "reply-draft"
    /// An entitlement and level for a request in words.
    case accessRequest = "access-request"
    /// Three-way match of invoice, order and goods receipt.
    case invoiceException = "invoice-exception"
    /// Classes that fit, with evidence: advice, no decision.
    case complianceClass = "compliance-class"
    /// A label for the member `text`.
    case generic

    var method: any Method.Type {
      switch self {
      case .ticketSummary: SummaryMethod.self
      case .replyDraft: ReplyMethod.self
      case .accessRequest: AccessMethod.self
      case .invoiceException: InvoiceMethod.self
      case .complianceClass: ComplianceMethod.self
      case .generic: GenericMethod.self
      }
    }
  }

  /// Raise it when a change to the code changes answers.
  static let algorithm = 1
  static let leastExamples = 20

  public let kind: Kind
  /// `embedded-KIND-` and 16 hex digits of SHA-256 over algorithm, training data, approved reference and template.
  public let version: String
  public let calibration: Calibration
  private let method: any Method
  private let template: ActionTemplate?

  /// Trains and calibrates; takes some tenths of a second for some hundred examples.
  ///
  /// - Parameters:
  ///   - labelled: the lines of `labelled.jsonl`, see `make_labelled.py` for their form.
  ///   - approved: the lines of `approved.jsonl`.
  ///   - action: the folder's `action.template.json`; nil for a workflow without an action.
  public init(kind: Kind, labelled: [JSON], approved: [JSON], action: ActionTemplate?) throws(EmbeddedModelError) {
    let examples = try Example.read(labelled)
    self.kind = kind
    template = action
    method = try Self.train(kind, examples, approved)
    calibration = Calibration(try Self.unseenScores(kind, examples, approved))
    version =
      "embedded-\(kind.rawValue)-"
      + Self.digest([.integer(Int64(Self.algorithm))], labelled, approved, [action?.json ?? .null])
  }

  /// Proposes. Total: no data makes it fail, its time is linear in the size of the data.
  public func propose(_ request: ModelRequest) -> ModelAnswer {
    let draft = method.draft(request)
    return ModelAnswer(
      output: draft.output, action: template?.action(item: request.data, output: draft.output),
      rawScore: Arithmetic.rounded(draft.score), scoreKind: "margin",
      probability: Arithmetic.rounded(calibration.probability(draft.score)), parts: draft.parts,
      retrieval: Arithmetic.rounded(draft.evidence.quality), retrievalReasons: draft.evidence.reasons,
      findings: draft.evidence.findings + draft.findings)
  }

  static func train(_ kind: Kind, _ examples: [Example], _ approved: [JSON]) throws(EmbeddedModelError) -> any Method {
    try kind.method.init(learning: examples.filter(\.correct), approved: approved)
  }

  /// Scores by models that had seen neither the example nor its group: each part is judged by a model of the others.
  static func unseenScores(
    _ kind: Kind, _ examples: [Example], _ approved: [JSON], parts: Int = 5
  ) throws(EmbeddedModelError) -> [(score: Double, right: Bool)] {
    var points: [(score: Double, right: Bool)] = []
    for part in 0..<parts {
      let seen = examples.filter { $0.part(of: parts) != part }, unseen = examples.filter { $0.part(of: parts) == part }
      guard !unseen.isEmpty else { continue }
      let method = try train(kind, seen, approved)
      for example in unseen {
        let draft = method.draft(example.request)
        if let right = example.judges(draft.output) { points.append((draft.score, right)) }
      }
    }
    return points
  }
}

extension Example {
  static func read(_ labelled: [JSON]) throws(EmbeddedModelError) -> [Example] {
    var examples: [Example] = []
    for (index, json) in labelled.enumerated() { examples.append(try Example(json, line: index + 1)) }
    let right = examples.count { $0.correct }
    guard right >= EmbeddedModel.leastExamples else {
      throw .tooFewExamples(found: right, needed: EmbeddedModel.leastExamples)
    }
    return examples
  }

  /// Which of `count` parts the example's group falls into.
  func part(of count: Int) -> Int {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in group.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    return Int((hash ^ (hash >> 29)) % UInt64(max(count, 1)))
  }
}
