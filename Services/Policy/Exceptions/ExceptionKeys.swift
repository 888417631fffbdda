import JSON
import Permits

/// Whose signatures count under a list of exceptions: keys of named people, from configuration alone.
struct ExceptionKeys: Sendable {
  let keys: KeySet
  /// By the key's id.
  let people: [String: String]

  static let none = ExceptionKeys(keys: KeySet([]), people: [:])

  private init(keys: KeySet, people: [String: String]) { (self.keys, self.people) = (keys, people) }

  /// - Parameter jwks: a JWKS of Ed25519 keys, each with a member `person`: an id of the people file.
  /// - Throws: `JWSError` for any other key.
  init(jwks: JSON) throws(JWSError) {
    var keys: [VerificationKey] = [], people: [String: String] = [:]
    for jwk in jwks["keys"]?.array ?? [] {
      guard let key = VerificationKey(jwk), let person = jwk["person"]?.string, !person.isEmpty, people[key.id] == nil else {
        throw JWSError("key", "Ed25519 keys were expected, each with an id of its own and the member person")
      }
      keys.append(key)
      people[key.id] = person
    }
    guard !keys.isEmpty else { throw JWSError("key", "a JWKS with at least one key was expected") }
    self.init(keys: KeySet(keys), people: people)
  }

  /// Who signed, where the signature counts for this list.
  func person(_ token: String, list: String, version: Int64) throws(JWSError) -> String {
    let signature = try ExceptionSignature.verify(token, keys: keys)
    guard let id = keyID(of: token), let person = people[id], person == signature.person else {
      throw JWSError("key", "the key is not that of \(signature.person)")
    }
    guard signature.list == list, signature.version == version else {
      throw JWSError("claims", "it is for another list")
    }
    return person
  }
}
