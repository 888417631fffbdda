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
    let certificate: KeyCertificate
    do throws(JWSError) { certificate = try KeyCertificate.verify(token, keys: switches.trusted(decider.signing)) } catch {
      throw Refusal("key.unknown", "policy has registered no such key: \(error.description)")
    }
    guard certificate.personIssuer.sameCodePoints(as: approval.personIssuer), certificate.person.sameCodePoints(as: approval.person) else {
      throw Refusal("key.person", "the key is \(certificate.person)’s, not \(approval.person)’s")
    }
    guard !switches.hasEnded(certificate.key.id) else { throw Refusal("key.ended", "the key was taken out of use") }
    let moment = isCounted ? approval.issuedAt : latest.unixSeconds
    guard moment <= certificate.expiresAt + 60 else { throw Refusal("key.expired", "the key counted until \(certificate.expiresAt)") }
    let own: OwnSignature
    do throws(JWSError) { own = try OwnSignature.verify(signature, key: certificate.key) } catch {
      throw Refusal("key.signature", error.description)
    }
    if let claim = approval.difference(from: own) {
      throw Refusal("key.claims", "the person signed something else: \(claim) differs")
    }
  }
}
