import JSON

/// `adjudications`: policy wants somebody who knows nothing of the first decision to judge a proposal. Intake makes a case of
/// the built-in workflow of it, as of any item.
public struct AdjudicationAsked: Body {
  public static let type = "countersign.adjudication.asked.v1"
  /// The built-in workflow, and the source under which policy sends to it.
  public static let workflow = "adjudication"
  public static let source = "countersign"
  /// Of the item: the same question twice is one case.
  public let item: String
  /// The item's data: what was asked and proposed, and nothing of what anybody decided.
  public let data: JSON
  /// With which probability it was chosen among those that were decided alike, in (0,1]: 1 where a person found something wrong.
  /// For audit's weights. It stands beside the data, so that no adjudicator sees it; nil for the second and third person asked.
  public let share: Double?

  public init(item: String, data: JSON, share: Double? = nil) {
    self.item = item
    self.data = data
    self.share = share
  }

  public func write(_ writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("item", item)
      writer.member("data", data)
      if let share { writer.member("share", share) }
    }
  }

  public init(_ fields: Fields) throws(WireError) {
    self.init(item: try fields.text("item"), data: try fields.value("data"), share: fields.optional("share")?.double)
  }
}

/// `outcomes`: what two or three people, blind to each other and to the first decision, found about a proposal.
public struct CaseAdjudicated: Body {
  public static let type = "countersign.case.adjudicated.v1"
  /// The case whose proposal it was.
  public let caseID: String
  public let workflow: String
  /// Whether the proposal was right.
  public let isRight: Bool
  /// How many people it took: 2 who agreed, or 3.
  public let people: Int64

  public init(caseID: String, workflow: String, isRight: Bool, people: Int64) {
    self.caseID = caseID
    self.workflow = workflow
    self.isRight = isRight
    self.people = people
  }

  public func write(_ writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("case", caseID)
      writer.member("workflow", workflow)
      writer.member("truth", isRight ? "right" : "wrong")
      writer.member("people", people)
    }
  }

  public init(_ fields: Fields) throws(WireError) {
    self.init(
      caseID: try fields.text("case"), workflow: try fields.text("workflow"), isRight: try fields.text("truth") == "right",
      people: try fields.integer("people"))
  }
}
