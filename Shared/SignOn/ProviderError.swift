/// Why the identity provider gave no answer that helps.
public enum ProviderError: Error, Sendable, Equatable, CustomStringConvertible {
  /// It cannot be reached, or is out of order. It may be better in a moment.
  case unreachable(String)
  /// It refuses: a code or a refresh token does not count (any more). Its error code (RFC 6749, section 5.2).
  case refused(String)
  /// It answers something that the specifications do not allow.
  case wrong(String)

  public var description: String {
    switch self {
    case .unreachable(let why): "the identity provider cannot be reached: \(why)"
    case .refused(let code): "the identity provider refused: \(code)"
    case .wrong(let what): "the identity provider's answer is not what it should be: \(what)"
    }
  }
}
