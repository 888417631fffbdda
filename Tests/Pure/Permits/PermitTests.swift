import JSON
import Permits
import Testing
import Wire

@Suite struct PermitTests {
  let policy = try! SigningKey(seed: Array(repeating: 7, count: 32))
  let other = try! SigningKey(seed: Array(repeating: 8, count: 32))
  let now: Int64 = 1_800_000_000

  func permit(expires: Int64 = 900) -> Permit {
    Permit(
      id: "j1", effect: "e1", action: "a1", caseID: "c1", workflow: "ticket-summary", route: "auto", bundle: "b1",
      audience: "demo-executor", pre: "p", salt: "s", holders: holdersHash(["tok_1": "http://intake"]), approvals: [], issuedAt: now, expiresAt: now + expires)
  }

  @Test func aPermitVerifiesUnderItsKeyAlone() throws {
    let token = try policy.sign(permit().claims, type: Permit.type)
    #expect(try Permit.verify(token, keys: KeySet([policy.verification]), now: now) == permit())
    #expect(throws: JWSError.self) { try Permit.verify(token, keys: KeySet([other.verification]), now: now) }
    #expect(throws: JWSError.self) { try Permit.verify(token, keys: KeySet([]), now: now) }
  }

  @Test func anyChangedCharacterIsFound() throws {
    let token = Array(try policy.sign(permit().claims, type: Permit.type).utf8)
    let keys = KeySet([policy.verification])
    for index in token.indices {
      var changed = token
      changed[index] = changed[index] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
      #expect(throws: JWSError.self) { try Permit.verify(String(decoding: changed, as: UTF8.self), keys: keys, now: now) }
    }
  }

  @Test func itEnds() throws {
    let keys = KeySet([policy.verification])
    let token = try policy.sign(permit().claims, type: Permit.type)
    #expect(try Permit.verify(token, keys: keys, now: now + 960).id == "j1")
    #expect(throws: JWSError("expired", "the permit ended at \(now + 900)")) {
      try Permit.verify(token, keys: keys, now: now + 961)
    }
    #expect(throws: JWSError.self) { try Permit.verify(token, keys: keys, now: now - 61) }
  }

  @Test func anotherKindOfTokenIsNoPermit() throws {
    let token = try policy.sign(permit().claims, type: Approval.type)
    #expect(throws: JWSError("type", "typ \(Permit.type) was expected")) {
      try Permit.verify(token, keys: KeySet([policy.verification]), now: now)
    }
  }

  @Test(arguments: ["none", "HS256", "RS256"])
  func onlyEdDSACounts(algorithm: String) throws {
    let header: JSON = ["alg": .string(algorithm), "kid": .string(policy.id), "typ": .string(Permit.type)]
    let text = [header.canonical, permit().claims.canonical, Array("signature".utf8)].map { String(decoding: base64url($0), as: UTF8.self) }
    #expect(throws: JWSError("algorithm", "alg EdDSA was expected")) {
      try Permit.verify(text.joined(separator: "."), keys: KeySet([policy.verification]), now: now)
    }
  }

  @Test func keysSurviveTheirPublication() throws {
    let published = try KeySet(jwks: KeySet([policy.verification, other.verification]).jwks)
    let token = try other.sign(permit().claims, type: Permit.type)
    #expect(try Permit.verify(token, keys: published, now: now).id == "j1")
  }

  @Test func theEffectIsTheSameInWhateverOrderPeopleApproved() {
    #expect(effectID(action: "a", caseID: "c", decisions: ["2", "1"]) == effectID(action: "a", caseID: "c", decisions: ["1", "2"]))
    #expect(effectID(action: "a", caseID: "c", decisions: ["1"]) != effectID(action: "a", caseID: "d", decisions: ["1"]))
  }

  @Test func theWordForALookIsForOneQuestionAndAMinute() throws {
    let body = Array("body".utf8), word = LookWord(caseID: "c1", body: body, issuedAt: now)
    let read = try LookWord.verify(try policy.sign(word.claims, type: LookWord.type), keys: KeySet([policy.verification]))
    #expect(read == word && read.isFor("c1", body, at: now + 60))
    #expect(!read.isFor("c2", body, at: now) && !read.isFor("c1", body + [0], at: now) && !read.isFor("c1", body, at: now + 61) && !read.isFor("c1", body, at: now - 61))
    #expect(throws: JWSError.self) { try LookWord.verify(try policy.sign(word.claims, type: StopWord.type), keys: KeySet([policy.verification])) }
    #expect(throws: JWSError.self) { try LookWord.verify(try other.sign(word.claims, type: LookWord.type), keys: KeySet([policy.verification])) }
  }
}
