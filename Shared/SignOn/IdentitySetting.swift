import Host
import Identity

extension Settings {
  /// The identity file that `IDENTITY` names; nil where people do not sign in by a provider, or the file has mistakes.
  public mutating func identity() -> IdentityFile? {
    let meaning = "a YAML file: the OpenID Connect provider by which people sign in, and what its claims mean (deploy/identity.yaml)"
    guard let path = optional("IDENTITY", meaning) else { return nil }
    do { return try IdentityFile(path: path) } catch let error as PeopleError {
      for mistake in error.mistakes { fail("IDENTITY", path, expected: "a sound file: \(mistake)", remedy: "Mend that line.") }
    } catch {
      fail("IDENTITY", path, expected: "a YAML file that can be read: \(error)", remedy: "Name a file like deploy/identity.yaml, or leave the key out.")
    }
    return nil
  }

  /// Where bearer tokens are listed; with an identity provider there need be none.
  public mutating func tokensFile(_ identity: IdentityFile?) -> String {
    let meaning = "a file with a line TOKEN PERSON for each bearer token of the API; may be left out with IDENTITY"
    return identity == nil ? text("TOKENS_FILE", meaning) : optional("TOKENS_FILE", meaning) ?? ""
  }
}
