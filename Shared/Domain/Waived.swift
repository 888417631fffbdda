/// By which exception a match asks for nothing.
public struct Waived: Sendable, Equatable {
  public var exception: String
  /// When the exception ends: RFC 3339, in UTC.
  public var until: String
  /// Why there is one, in the words of whoever asked for it.
  public var reason: String

  public init(exception: String, until: String, reason: String) {
    self.exception = exception
    self.until = until
    self.reason = reason
  }

  public var sentence: String { "waived by exception \(exception) until \(until) because \(reason)" }
}

extension ReasonCode {
  /// Whether an exception may relieve a match of this code.
  ///
  /// What is not in this list never is: impact and the facts behind it, prohibited and personal content, confidence, what could
  /// not be judged, who asked, drawn samples, stand-downs, stops, and what a template demands.
  public var isWaivable: Bool {
    switch self {
    case .contextMissingSource, .contextConflict, .contextStale, .contextEdgeCase, .contextUnsupported, .contextAmbiguous,
      .toneMismatch, .policyRisk, .exceptionAsked, .amountDiscrepancy:
      true
    default: false
    }
  }
}

extension Match {
  /// What may not run at all is not relieved, under whatever code.
  public var isWaivable: Bool { code.isWaivable && route < .block }
}
