import Wire

/// The topic table as an AsyncAPI 3.0 document in YAML (https://www.asyncapi.com/docs/reference/specification/v3.0.0).
enum AsyncAPI {
  /// Lines. `deploy/docs/asyncapi.yaml` is this, and a test compares them.
  static var document: [String] {
    [
      "# Made by `countersign topics --asyncapi` from Shared/Wire/Topics.swift. Do not edit.",
      "asyncapi: 3.0.0",
      "info:",
      "  title: Countersign",
      "  version: 1.0.0",
      "  description: >-",
      "    The topics of Countersign. Records are CloudEvents 1.0 in Kafka's binary mode: attributes in headers, a JSON body.",
      "defaultContentType: application/json",
      "channels:",
    ] + Topic.all.flatMap(channel) + ["operations:"] + Topic.all.flatMap(operations) + components
  }

  /// Types that stand on a topic; the table of types is closed for ours, open for what outsiders send.
  static let types: [String: [String]] = [
    "cases": [CaseAdmitted.type, CaseWithdrawn.type, CaseAnswered.type, CaseDefect.type, CaseReopened.type],
    "effects": [EffectReported.type],
    "intake.replies": [IntakeReply.type, GateAnswered.type, GateClosed.type],
    "model.requests": [ModelRequested.type],
    "model.proposals": [ProposalMade.type, ProposalPending.type, ProposalFailed.type],
    "reviews.requested": [ReviewRequested.type, ReviewClosed.type, GlassJudged.type],
    "decisions": [DecisionMade.type, DecisionUndone.type, QuestionAsked.type, SourcesChanged.type, AbsenceSaid.type, GlassBroken.type],
    "verdicts": [EpochOpened.type, StratumAdded.type, EpochDisclosed.type, StandDownBegan.type, StandDownEnded.type, CaseJudged.type, DecisionJudged.type, EffectNoted.type,
      CaseHeld.type, SwitchChanged.type, ExceptionsListed.type, ExceptionUsed.type, ExceptionReminded.type, ExceptionEnded.type,
      SampleJudged.type, LotsResumed.type, AbsenceNoted.type, AbsencesForgotten.type, PersonKeyRegistered.type, GlassNoted.type, FreezeNoted.type,
    ],
    "permits": [PermitIssued.type, PermitRevoked.type],
    "outcomes": [CaseEnded.type, CaseAdjudicated.type, QuestionPut.type],
    "adjudications": [AdjudicationAsked.type],
    "feedback": [ModelFeedback.type],
    "governance": ["countersign.bundle.in_force.v1", "countersign.key.in_force.v1", "countersign.stops.in_force.v1",
      "countersign.exceptions.in_force.v1",
    ],
    "alerts": [AlertPublished.type],
    "checkpoints": [CheckpointPublished.type],
    "budgets": [BudgetState.type],
    "retention": [HoldChanged.type, ContentErasing.type, ContentErased.type],
  ]

  private static func types(of topic: Topic) -> [String] {
    if topic.name.hasSuffix(".dead") { return ["countersign.message.dead.v1"] }
    if topic.name.hasSuffix(".heads") { return ["countersign.heads.v1", "countersign.alert.raised.v1"] }
    return types[topic.name] ?? []
  }

  private static func id(_ topic: Topic) -> String { topic.name.split(separator: ".").joined(separator: "-") }

  private static func channel(_ topic: Topic) -> [String] {
    let kind =
      switch topic.kind {
      case .door: "Outsiders write it, intake alone reads it."
      case .internal: "Numbered and sealed by its one writer; partition p is lane p."
      case .table: "Copies of rows in the owner's database, compacted; nothing is correct only because it was read."
      }
    var lines = [
      "  \(id(topic)):", "    address: \(topic.name)",
      "    description: \(kind)", "    messages:",
      "      record:", "        $ref: '#/components/messages/\(topic.kind == .door ? "item" : "record")'",
      "    bindings:", "      kafka:", "        topicConfiguration:",
      topic.kind == .table
        ? "          cleanup.policy: [compact]" : "          retention.ms: \(topic.retentionHours * 3_600_000)",
    ]
    if topic.kind == .table { lines.append("        partitions: 1") }
    let found = types(of: topic)
    if !found.isEmpty {
      lines.append("    x-types:")
      lines += found.map { "      - \($0)" }
    }
    return lines
  }

  private static func operations(_ topic: Topic) -> [String] {
    let sending =
      topic.writer.map {
        [operation("\($0.rawValue)-sends-\(id(topic))", "send", topic, "\($0.rawValue) writes \(topic.name).")]
      } ?? []
    let receiving = TopicTools.readers(of: topic).map {
      operation("\($0.rawValue)-receives-\(id(topic))", "receive", topic, "\($0.rawValue) reads \(topic.name).")
    }
    return (sending + receiving).flatMap { $0 }
  }

  private static func operation(_ name: String, _ action: String, _ topic: Topic, _ summary: String) -> [String] {
    [
      "  \(name):", "    action: \(action)", "    channel:", "      $ref: '#/channels/\(id(topic))'",
      "    summary: \(summary)",
    ]
  }

  private static var components: [String] {
    let headers = [
      (Header.specVersion, "'1.0'"), (Header.id, "TOPIC/PARTITION/EPOCH/NUMBER"),
      (Header.source, "countersign/SERVICE"),
      (Header.type, "the versioned type; readers ignore members that they do not know"), (Header.time, "RFC 3339"),
      (Header.subject, "the case"), (Header.sequence, "dense in each partition"),
      (Header.epoch, "raised when a lane is taken"),
      (Header.cause, "what led to the record"), (Header.seal, "HMAC-SHA-256 of the writing service"),
      (Header.traceParent, "W3C trace context; a case is one trace"),
    ]
    return [
      "components:", "  messages:", "    item:", "      title: What an outsider sends",
      "      description: CloudEvents of an item's type in binary or structured mode, or plain JSON.",
      "      contentType: application/json", "    record:", "      title: A record of one of our services",
      "      contentType: application/json", "      headers:", "        type: object", "        properties:",
    ]
      + headers.flatMap { name, meaning in
        ["          \(name):", "            type: string", "            description: \(meaning)"]
      }
      + Fact.allCases.flatMap { fact in
        [
          "          \(fact.rawValue):", "            type: string",
          "            description: a fact that audit indexes",
        ]
      } + ["      payload:", "        type: object"]
  }
}
