import JSON
import Lanes
import Permits
import Wire

extension PolicyStep {
  /// Whether the person's own key stands under a decision, where that is asked for or claimed: so the reviewer service, which signs
  /// all decisions, can make none by itself.
  ///
  /// - Parameter isCounted: it was counted when its key still was in time; only a key that was taken out of use since matters.
  /// - Throws: `Refusal`, each reason under a code of its own.
  func admitKey(_ approval: Approval, _ state: OpenCase, isCounted: Bool = false) throws {
    guard let signature = approval.signature, let token = approval.certificate else {
      guard approval.signature == nil, approval.certificate == nil, !decider.decisionKeys.isNeeded(at: state.risk) else {
        throw Refusal("key.missing", "the person's own signature is missing, and counts at \(state.risk) impact: a key must be registered, and sign")
      }
      return
    }
    let key = try ownKey(token, of: approval.personIssuer, approval.person, at: isCounted ? approval.issuedAt : latest.unixSeconds)
    let own: OwnSignature
    do throws(JWSError) { own = try OwnSignature.verify(signature, key: key) } catch {
      throw Refusal("key.signature", error.description)
    }
    if let claim = approval.difference(from: own) {
      throw Refusal("key.claims", "the person signed something else: \(claim) differs")
    }
  }

  /// The key that policy has registered as this person's. - Parameter moment: seconds since 1970.
  func ownKey(_ certificate: String, of personIssuer: String, _ person: String, at moment: Int64) throws -> PersonKey {
    let known: KeyCertificate
    do throws(JWSError) { known = try KeyCertificate.verify(certificate, keys: switches.trusted(decider.signing)) } catch {
      throw Refusal("key.unknown", "policy has registered no such key: \(error.description)")
    }
    guard known.personIssuer.sameCodePoints(as: personIssuer), known.person.sameCodePoints(as: person) else {
      throw Refusal("key.person", "the key is \(known.person)’s, not \(person)’s")
    }
    guard !switches.hasEnded(known.key.id) else { throw Refusal("key.ended", "the key was taken out of use") }
    guard moment <= known.expiresAt + 60 else { throw Refusal("key.expired", "the key counted until \(known.expiresAt)") }
    return known.key
  }
}
