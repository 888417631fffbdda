/// Which facts a record of each type must tell: the one table of completeness by content. What the article asks of every case stands
/// in it, by the record that knows it first.
///
/// A fact that is not there, one that is empty and one that says `none` without a reason are three different flaws. `none` has a reason
/// where the table gives one, and `n/a: REASON` brings its own.
public enum RequiredFields {
  public enum Flaw: String, Sendable, CaseIterable {
    case absent, empty
    /// `none` or `n/a` where nothing says why.
    case unexplained
  }

  public struct Field: Sendable, Equatable {
    public let fact: Fact
    /// Why the record may say that it has none; nil where it may not.
    public let none: String?

    public init(fact: Fact, none: String?) { (self.fact, self.none) = (fact, none) }
  }

  public struct Row: Sendable, Equatable {
    public let type: String
    public let fields: [Field]

    init(_ type: String, _ facts: [Fact], none: KeyValuePairs<Fact, String> = [:]) {
      self.type = type
      fields = facts.map { Field(fact: $0, none: nil) } + none.map { Field(fact: $0, none: $1) }
    }
  }

  /// Raised when a row changes: figures of different tables are not compared.
  public static let version = 1

  private static let noProposal = "people were asked without a proposal"
  private static let noAction = "the workflow declares no action"
  private static let notDrawn = "it was not drawn"
  private static let noFile = "nobody could read the case file"
  private static let early = "it ended before it was judged"

  public static let table: [Row] = [
    Row(CaseAdmitted.type, [.workflow, .payloadHash, .origin, .ingested]),
    Row(ModelRequested.type, [.workflow, .bundle, .payloadHash]),
    Row(
      ProposalMade.type, [.workflow, .payloadHash, .model],
      none: [
        .prompt: "the embedded model of a workflow without a prompt", .confidence: "the model gives no probability",
        .sources: "the workflow declares no source",
      ]),
    Row(ProposalFailed.type, [.reasons], none: [.workflow: noFile, .sources: "none was fetched"]),
    Row(
      CaseJudged.type, [.workflow, .bundle],
      none: [
        .confidence: "a part of it is unknown", .draw: notDrawn, .model: noProposal, .prompt: noProposal, .sources: "the workflow declares no source",
        .actionHash: noAction,
      ]),
    Row(
      ReviewRequested.type, [.route, .risk],
      none: [
        .workflow: noFile, .bundle: noFile, .payloadHash: noFile, .reasons: "no rule asked", .confidence: noProposal, .draw: notDrawn,
        .model: noProposal, .prompt: noProposal, .sources: noProposal, .actionHash: noAction,
      ]),
    Row(
      DecisionMade.type, [.reviewer, .decision, .override, .tier],
      none: [.workflow: noFile, .view: noFile, .reasons: "an approval needs no code", .actionHash: noAction]),
    Row(DecisionJudged.type, [.decision], none: [.reasons: "an approval needs no code"]),
    Row(PermitIssued.type, [.workflow, .route, .bundle, .permit, .effect, .actionHash]),
    Row(EffectReported.type, [.effect, .permit, .reasons, .origin]),
    Row(
      CaseEnded.type, [.outcome, .reasons, .ingested],
      none: [
        .workflow: noFile, .payloadHash: noFile, .bundle: early, .route: early, .risk: early, .origin: "it came in by a question of ours",
      ]),
  ]

  /// What is wrong with what a record tells of a field.
  ///
  /// - Parameter value: its bytes; nil where the record has no such fact.
  public static func flaw(_ field: Field, _ value: ArraySlice<UInt8>?) -> Flaw? {
    guard let value else { return .absent }
    guard let first = value.first(where: { !isBlank($0) }) else { return .empty }
    // Hardly a value begins like one that says that there is none.
    guard first == UInt8(ascii: "n") || first == UInt8(ascii: "N") else { return nil }
    let text = String(decoding: value, as: UTF8.self).lowercased()
    let parts = text.split(separator: ":", maxSplits: 1).map { String($0.filter { $0 != " " && $0 != "\t" }) }
    guard let word = parts.first, ["none", "n/a", "na", "null"].contains(word) else { return nil }
    if parts.count == 2, !parts[1].isEmpty { return nil }
    return word == "none" && field.none != nil ? nil : .unexplained
  }

  private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
}
