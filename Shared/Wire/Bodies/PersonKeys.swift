import JSON

/// `verdicts`: a person's own key was registered: from here on decisions may be signed by it.
public struct PersonKeyRegistered: Body, Equatable {
  public static let type = "countersign.key.registered.v1"
  /// The key's thumbprint (RFC 7638).
  public let key: String
  public let personIssuer: String
  public let person: String
  /// By what the person showed that it is theirs: `sign-in` (the provider's ID token names the key), or `token`.
  public let proof: String
  public let at: Instant
  /// It counts until then.
  public let until: Instant

  public init(key: String, personIssuer: String, person: String, proof: String, at: Instant, until: Instant) {
    (self.key, self.personIssuer, self.person, self.proof, self.at, self.until) = (key, personIssuer, person, proof, at, until)
  }

  /// Under which all keys of a person stand, so that one lane keeps their order.
  public static func place(of person: String) -> String { "decision-keys/\(person)" }

  public var json: JSON {
    [
      "kid": .string(key), "person_iss": .string(personIssuer), "person": .string(person), "proof": .string(proof),
      "at": .integer(at.microseconds), "until": .integer(until.microseconds),
    ]
  }

  public func write(_ writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("kid", key)
      writer.member("person_iss", personIssuer)
      writer.member("person", person)
      writer.member("proof", proof)
      writer.member("at", at)
      writer.member("until", until)
    }
  }

  public init(_ fields: Fields) throws(WireError) {
    self.init(
      key: try fields.text("kid"), personIssuer: try fields.text("person_iss"), person: try fields.text("person"),
      proof: try fields.text("proof"), at: try fields.instant("at"), until: try fields.instant("until"))
  }
}
