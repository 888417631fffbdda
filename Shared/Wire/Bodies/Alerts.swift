import JSON

/// `alerts`: something that people who run the system should know.
public struct AlertPublished: Body {
  public static let type = "countersign.alert.published.v1"
  public enum State: String, Sendable, CaseIterable {
    /// It happened, once.
    case raised
    /// It is so until `resolved` follows under the same key.
    case standing
    case resolved
  }
  /// The same for all alerts about one thing, so that an alerting system folds them.
  public let key: String
  public let state: State
  /// Of a closed set: `record.foreign`, `stream.gap`, `stream.behind`, …
  public let code: String
  /// The service that it is about.
  public let service: String
  public let text: String
  public let at: Instant
  /// `page` where somebody should look at once, `ticket` where today is enough; nil where nobody has said.
  public let severity: String?
  /// Where it stands what to do; nil where it stands nowhere.
  public let runbook: String?

  public init(
    key: String, state: State, code: String, service: String, text: String, at: Instant, severity: String? = nil, runbook: String? = nil
  ) {
    self.severity = severity
    self.runbook = runbook
    self.key = key
    self.state = state
    self.code = code
    self.service = service
    self.text = text
    self.at = at
  }

  public func write(_ writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("key", key)
      writer.member("state", state.rawValue)
      writer.member("code", code)
      writer.member("service", service)
      writer.member("text", text)
      writer.member("at", at)
      if let severity { writer.member("severity", severity) }
      if let runbook { writer.member("runbook", runbook) }
    }
  }

  public init(_ fields: Fields) throws(WireError) {
    guard let state = State(rawValue: try fields.text("state")) else { throw WireError("member state is unknown") }
    self.init(
      key: try fields.text("key"), state: state, code: try fields.text("code"), service: try fields.text("service"),
      text: try fields.text("text"), at: try fields.instant("at"), severity: fields.optionalText("severity"), runbook: fields.optionalText("runbook"))
  }
}

/// `checkpoints`: what the ledger says of itself, signed.
public struct CheckpointPublished: Body {
  public static let type = "countersign.checkpoint.published.v1"
  /// The number of leaves.
  public let size: Int64
  /// Lower-case hexadecimal.
  public let root: String
  /// A signed note (C2SP tlog-checkpoint).
  public let note: String

  public init(size: Int64, root: String, note: String) {
    self.size = size
    self.root = root
    self.note = note
  }

  public func write(_ writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("size", size)
      writer.member("root", root)
      writer.member("note", note)
    }
  }

  public init(_ fields: Fields) throws(WireError) {
    self.init(size: try fields.integer("size"), root: try fields.text("root"), note: try fields.text("note"))
  }
}
