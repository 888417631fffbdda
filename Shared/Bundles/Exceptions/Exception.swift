import CEL
import Domain
import JSON

/// A waiver (ruling 30): from its start until it ends, what it names asks for nothing in the cases that it is about.
public struct Exception: Sendable {
  public let id: String
  public let workflow: String
  /// Reason codes of the matches that it relieves, all of them waivable.
  public let waives: [ReasonCode]
  public let reason: String
  public let requester: String
  public let approver: String
  /// Microseconds since 1970.
  public let starts: Int64
  public let expires: Int64
  /// What signatures are over, RFC 8785.
  public let canonical: [UInt8]
  /// Which cases it is about; nil for all of its workflow's.
  let when: Expression?
  /// What the condition reads of each document.
  let shapes: [String: Shape]

  /// An exception never lasts longer.
  public static let mostDays: Int64 = 90
  /// What its condition may read.
  static let variables: Set<String> = ["item", "proposal", "action", "current", "requester"]

  /// To the instant: at `expires` it is over, whatever has noticed that.
  ///
  /// - Parameter now: microseconds since 1970.
  public func isInForce(at now: Int64) -> Bool { starts <= now && now < expires }

  /// As explanations tell it.
  public var waived: Waived {
    Waived(exception: id, until: Self.text(expires), reason: reason)
  }

  static func text(_ microseconds: Int64) -> String {
    let (seconds, rest) = microseconds.quotientAndRemainder(dividingBy: 1_000_000)
    return CELTimestamp(seconds: seconds, nanoseconds: Int32(rest) * 1_000)?.text() ?? "never"
  }

  /// A condition that cannot be judged covers nothing.
  func covers(_ facts: CaseFacts, _ bundle: Bundle) -> Bool {
    guard let when else { return true }
    let scope = Scope()
    func value(_ name: String, _ json: JSON?) -> CELValue? { json.flatMap { json in shapes[name].map { $0.value(of: json) } } }
    scope.item = value("item", facts.item)
    scope.proposal = value("proposal", facts.proposal)
    scope.action = value("action", facts.action)
    scope.requester = ["id": .string(facts.requester.id), "verified": .bool(facts.requester.verified)]
    let current = bundle.sources.first(where: \.current).flatMap { source in
      facts.sources.first { $0.name == source.name && $0.answered && $0.found }?.fields
    }
    scope.current = value("current", current)
    if case .yes = when.answer(in: scope) { return true }
    return false
  }
}
