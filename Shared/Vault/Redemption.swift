import JSON

/// What an executor asks with a permit: the real values of tokens, `{"permit": JWS, "tokens": [...]}`.
///
/// Who answers verifies the permit first and takes the values of its case from there (`values`).
public struct Redemption: Sendable {
  public let permit: String
  public let tokens: [String]

  public static let mostTokens = 1_000

  /// - Throws: where the body has another form.
  public init(_ body: JSON) throws(VaultError) {
    guard let permit = body["permit"]?.string, let list = body["tokens"]?.array else {
      throw VaultError("permit (a JWS) and tokens (a list of texts) were expected")
    }
    let tokens = list.compactMap(\.string)
    guard tokens.count == list.count, tokens.count <= Redemption.mostTokens else {
      throw VaultError("tokens: a list of at most \(Redemption.mostTokens) texts was expected")
    }
    self.permit = permit
    self.tokens = tokens
  }

  /// The answer `{"values": {token: value}}`: all tokens or none.
  ///
  /// - Parameter held: the sealed values of the permit's case; nil where it has none here.
  public func answer(held: String?, caseID: String, _ sealer: Sealer) throws(VaultError) -> JSON {
    let values = if let held { try sealer.open(held, caseID: caseID) } else { [String: String]() }
    var members: [JSONObject.Member] = []
    for token in tokens {
      guard let value = values[token] else { throw VaultError("a token that this case does not hold here") }
      members.append((token, .string(value)))
    }
    return ["values": .object(JSONObject(members))]
  }
}
