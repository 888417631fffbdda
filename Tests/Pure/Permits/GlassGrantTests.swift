import JSON
import Permits
import Testing
import Wire

/// A grant is of one person, for one case and for its time.
@Suite struct GlassGrantTests {
  let reviewer = try! SigningKey(seed: Array(repeating: 7, count: 32))
  static let now: Int64 = 1_800_000_000

  func grant(minutes: Int64 = 60) -> GlassGrant {
    GlassGrant(
      caseID: "c1", personIssuer: "iss", person: "P-omar", groups: ["break-glass"], strength: "mfa", authenticatedAt: Self.now - 60, reason: "urgent",
      ticket: "INC-7", minutes: minutes, issuedAt: Self.now, signature: "s", certificate: "k")
  }

  struct Moment: Sendable, CustomTestStringConvertible {
    let name: String
    let counts: Bool
    var seconds: Int64 = 1
    var person = "P-omar", issuer = "iss", caseID = "c1"
    var verb = Approval.Verb.approve
    var signature: String? = "s"
    var testDescription: String { name }
  }

  @Test(arguments: [
    Moment(name: "at its beginning", counts: true, seconds: 0), Moment(name: "in its last second", counts: true, seconds: 3600),
    Moment(name: "a second before it", counts: false, seconds: -1), Moment(name: "a second after its end", counts: false, seconds: 3601),
    Moment(name: "a day after", counts: false, seconds: 86_400), Moment(name: "by somebody else", counts: false, person: "P-hana"),
    Moment(name: "by the same name of another issuer", counts: false, issuer: "other"), Moment(name: "of another case", counts: false, caseID: "c2"),
    Moment(name: "an edit", counts: false, verb: .edit), Moment(name: "without the person's own signature", counts: false, signature: nil),
  ])
  func itCoversOnePersonsApprovalInItsTime(_ moment: Moment) {
    let approval = Approval(
      id: "d", caseID: moment.caseID, version: 1, verb: moment.verb, action: "a", view: "v", personIssuer: moment.issuer, person: moment.person, groups: [],
      strength: "mfa", code: "", words: "", issuedAt: Self.now + moment.seconds, expiresAt: Self.now + 90_000, signature: moment.signature, certificate: "k")
    #expect(grant().covers(approval) == moment.counts)
  }

  @Test func itVerifiesUnderItsKeyAndType() throws {
    let token = try reviewer.sign(grant().claims, type: GlassGrant.type)
    #expect(try GlassGrant.verify(token, keys: KeySet([reviewer.verification])) == grant())
    #expect(GlassGrant(unverified: token) == grant() && GlassGrant(unverified: "x.y.z") == nil)
    let other = try SigningKey(seed: Array(repeating: 8, count: 32))
    #expect(throws: JWSError.self) { try GlassGrant.verify(token, keys: KeySet([other.verification])) }
    let approval = try reviewer.sign(grant().claims, type: Approval.type)
    #expect(throws: JWSError.self) { try GlassGrant.verify(approval, keys: KeySet([reviewer.verification])) }
  }

  @Test(arguments: [Int64.min, -60, 0, 4, 241, 86_400, .max])
  func noOtherTimeIsAGrant(_ minutes: Int64) throws {
    var claims = try #require(grant().claims.object)
    claims["minutes"] = .integer(minutes)
    let token = try reviewer.sign(.object(claims), type: GlassGrant.type)
    #expect(throws: JWSError.self) { try GlassGrant.verify(token, keys: KeySet([reviewer.verification])) }
  }

  @Test func aPermitIsMarkedByIt() throws {
    let permit = Permit(
      id: "j", effect: "e", action: "a", caseID: "c1", workflow: "w", route: "review", bundle: "b", audience: "x", pre: nil, salt: nil, approvals: ["t"],
      glass: "g", issuedAt: Self.now, expiresAt: Self.now + 900)
    #expect(permit.claims["glass"] == "g")
    #expect(try Permit(Fields(permit.claims)) == permit)
  }
}
