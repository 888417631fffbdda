import HTTPTypes
import Host
import Identity
import JSON
import Permits
import Wire

/// Somebody who says that what was stopped may start again, and by what they show it.
struct Starter {
  let person: Person
  /// For which stop they said it, by when it was stopped; nil where their own bearer token says it, now.
  var stopped: Int64?
  /// What the ledger keeps of it; the id of the key that signed.
  var proof: JSON?
  var key: String?

  init(_ person: Person) { self.person = person }

  /// By the person's own key, whoever passes it on.
  ///
  /// - Throws: 403 with a code for each reason for which it does not count, 401 for a word of another time or workflow.
  init(
    own token: String, certificate: String, workflow: String, _ people: People, _ groups: [String], _ switches: Switches, keys: KeySet, at seconds: Int64
  ) throws(Problem) {
    let known: KeyCertificate, own: OwnStart
    do throws(JWSError) {
      known = try KeyCertificate.verify(certificate, keys: keys)
      own = try OwnStart.verify(token, key: known.key)
    } catch { throw Problem(.forbidden, "key.signature", "The signature does not count: \(error.description).") }
    guard known.personIssuer.sameCodePoints(as: own.personIssuer), known.person.sameCodePoints(as: own.person) else {
      throw Problem(.forbidden, "key.person", "The key is not of whoever is said to have signed.")
    }
    guard !switches.hasEnded(known.key.id) else { throw Problem(.forbidden, "key.ended", "The key was taken out of use.") }
    guard seconds <= known.expiresAt + 60 else { throw Problem(.forbidden, "key.expired", "The key counts no more: sign in again to have another one.") }
    guard own.workflow.sameCodePoints(as: workflow), (own.issuedAt &- seconds).magnitude <= OwnSignature.skew.magnitude else {
      throw Problem(.unauthorized, "key.claims", "The word was given for another workflow, or at another time.")
    }
    guard known.personIssuer == people.issuer, let person = people.person(id: known.person), !Set(person.groups).isDisjoint(with: groups) else {
      throw Problem(.forbidden, "forbidden", "Only \(groups.joined(separator: ", ")) may start automation again.")
    }
    self.init(person)
    stopped = own.stopped
    proof = ["own": .string(token), "own_key": .string(certificate)]
    key = known.key.id
  }
}
