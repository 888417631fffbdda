import JSON

/// What a legal hold keeps: one case, all cases that a person had to do with, all of a workflow.
public enum HoldScope: String, Sendable, CaseIterable {
  case `case`, person, workflow
}

/// `retention`: a named person has contents kept whatever their class says, or says that they need not be kept any more. Two
/// different people must have said so before it counts.
public struct HoldChanged: Body, Equatable {
  public static let type = "countersign.hold.changed.v1"
  public enum Act: String, Sendable, CaseIterable {
    case placed
    /// The first of two asks for its end; it goes on.
    case releaseAsked = "release_asked"
    case released
  }
  /// Names the hold; a case may be held for several reasons at once.
  public let hold: String
  public let act: Act
  public let scope: HoldScope
  /// A case's id, `ISSUER SUBJECT` of a person, a workflow's name.
  public let value: String
  /// Who says it, as `ISSUER SUBJECT`, and the human being behind that account.
  public let person: String
  public let human: String
  public let reason: String
  public let at: Instant

  public init(hold: String, act: Act, scope: HoldScope, value: String, person: String, human: String, reason: String, at: Instant) {
    (self.hold, self.act, self.scope, self.value) = (hold, act, scope, value)
    (self.person, self.human, self.reason, self.at) = (person, human, reason, at)
  }

  /// Under which all holds of the same things stand.
  public var key: String { Self.key(scope, value) }
  public static func key(_ scope: HoldScope, _ value: String) -> String { "\(prefix)\(scope.rawValue)/\(value)" }
  public static let prefix = "hold/"

  public func write(_ writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("hold", hold)
      writer.member("act", act.rawValue)
      writer.member("scope", scope.rawValue)
      writer.member("value", value)
      writer.member("person", person)
      writer.member("human", human)
      writer.member("reason", reason)
      writer.member("at", at)
    }
  }

  public init(_ fields: Fields) throws(WireError) {
    guard let act = Act(rawValue: try fields.text("act")), let scope = HoldScope(rawValue: try fields.text("scope")) else {
      throw WireError("act or scope is unknown")
    }
    self.init(
      hold: try fields.text("hold"), act: act, scope: scope, value: try fields.text("value"), person: try fields.text("person"),
      human: try fields.text("human"), reason: try fields.text("reason"), at: try fields.instant("at"))
  }
}
