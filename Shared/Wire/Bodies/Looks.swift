import JSON

/// `decisions`: before somebody's decision was taken the sources of the case were looked at again, and they say something else than what that
/// person was shown. No decision: it gives nobody any right. Policy has everything fetched and proposed anew, for people.
public struct SourcesChanged: Body {
  public static let type = "countersign.sources.changed.v1"
  /// The id of the look.
  public let look: String
  /// `ISSUER SUBJECT` of who was about to decide.
  public let by: String
  /// Of the case file that was shown.
  public let version: Int64
  /// Names of the sources.
  public let sources: [String]

  public init(look: String, by: String, version: Int64, sources: [String]) {
    self.look = look
    self.by = by
    self.version = version
    self.sources = sources
  }

  public func write(_ writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("look", look)
      writer.member("by", by)
      writer.member("version", version)
      writer.member("sources", sources)
    }
  }

  public init(_ fields: Fields) throws(WireError) {
    self.init(
      look: try fields.text("look"), by: try fields.text("by"), version: try fields.integer("version"), sources: try fields.texts("sources"))
  }
}

/// What one source of a case says now, beside what was shown of it: an element of model-adapter's answer to `POST /v1/look`.
public struct LookedAt: Sendable, Equatable {
  public enum State: String, Sendable, CaseIterable {
    /// What it said when it was shown, also where that was nothing.
    case same
    case changed
    /// It had answered, and does not now: nobody can say whether it is the same.
    case silent
  }
  public let name: String
  public let state: State
  /// Whether the case may not be acted on without it: `required` or `current` in the policy.
  public let isRequired: Bool
  /// Of a changed one: its record, as a case file holds it. Nil otherwise.
  public let record: JSON?
  /// Of a silent one: why, in words.
  public let why: String

  public init(name: String, state: State, isRequired: Bool, record: JSON? = nil, why: String = "") {
    self.name = name
    self.state = state
    self.isRequired = isRequired
    self.record = record
    self.why = why
  }

  public var json: JSON {
    var object = JSONObject([("name", .string(name)), ("state", .string(state.rawValue)), ("required", .bool(isRequired))])
    object["record"] = record
    if !why.isEmpty { object["why"] = .string(why) }
    return .object(object)
  }

  /// Nil for anything else.
  public init?(_ json: JSON) {
    guard let name = json["name"]?.string, let state = json["state"]?.string.flatMap(State.init(rawValue:)) else { return nil }
    self.init(
      name: name, state: state, isRequired: json["required"]?.bool ?? true, record: json["record"], why: json["why"]?.string ?? "")
  }

  /// What of a source's record tells whether it still says the same: never when it was fetched.
  public static func mark(of record: JSON) -> JSON {
    let answered = record["answered"]?.bool ?? true, found = answered && record["found"]?.bool ?? true
    var object = JSONObject([("answered", .bool(answered)), ("found", .bool(found))])
    if found { object["digest"] = record["digest"] ?? .string(hex(sha256((record["fields"] ?? .null).canonical))) }
    return .object(object)
  }
}
