import Domain
import Identity
import JSON
import Lanes
import Permits
import Testing
import Wire

@testable import countersign_policy

/// Break-glass is for policy to judge: from signatures, its own people and the clock.
@Suite struct GlassTests {
  static let leads = ["finance-leads", "break-glass"]

  @Test func onePersonAloneSufficesAndThePermitSaysSo() throws {
    let it = try GlassCase()
    #expect(try it.decide("P-omar", Self.leads).result == .counted, "without a grant somebody is missing")
    #expect(try it.breakGlass().code == "glass.decided", "what is decided under a grant is decided knowing it")
    try it.act(.undone(GlassCase.caseID, DecisionUndone(decision: #require(it.state?.approvals.first?.id), by: "P-omar"), lanes: 1))
    it.now = it.now.adding(seconds: 1)
    let granted = try it.breakGlass(GlassCase.Ask(jti: "another-jti-0123456789"))
    #expect(granted.result == .granted && granted.person == "\(Person.issuer) P-omar" && granted.ticket == "INC-7")
    #expect(granted.until == it.now.adding(seconds: 3600))
    #expect(it.said.notes.map(\.what) == [.granted])
    it.now = it.now.adding(seconds: 1)
    #expect(try it.decide("P-omar", Self.leads).result == .complete)
    let told = try it.wait(61)
    let permit = try #require(told.permits.first)
    let grant = try GlassGrant.verify(#require(permit.glass), keys: KeySet([it.signing.verification]))
    #expect(grant.person == "P-omar" && grant.reason == "the supplier stops delivering at noon")
    let issued = told.compactMap { if case .permit(_, let body, _, _) = $0 { body.permit } else { nil } }[0]
    #expect(try Permit.verify(issued, keys: KeySet([it.signing.verification]), now: it.now.unixSeconds).glass == permit.glass)
    #expect(told.glass.map(\.code) == ["used"] && told.notes.map(\.what) == [.asked])
    // The same effect, issued again after the grant's end, is marked, too.
    let again = try it.wait(3700)
    #expect(again.permits.first?.glass == permit.glass && again.glass.isEmpty)
  }

  @Test func aPermitThatNeededNoGrantIsNotMarked() throws {
    let it = try GlassCase()
    #expect(try it.breakGlass().result == .granted)
    #expect(try it.decide("P-cleo", ["finance-reviewers"]).result == .counted)
    #expect(try it.decide("P-hana", ["finance-leads"]).result == .complete)
    let permits = try it.wait(61).permits
    #expect(permits.count == 1 && permits.first?.glass == nil)
    let over = try it.wait(3600)
    #expect(over.glass.map(\.code) == ["unused"] && over.notes.map(\.what) == [.asked], "it is looked at all the same")
  }

  struct Short: Sendable, CustomTestStringConvertible {
    let name: String
    let code: String
    var ask = GlassCase.Ask()
    var testDescription: String { name }

    init(_ name: String, _ code: String, _ change: (inout GlassCase.Ask) -> Void) {
      (self.name, self.code) = (name, code)
      change(&ask)
    }
  }

  static let shorts: [Short] = [
    Short("the reviewer's key alone, with a key of its own", "key.unknown") { $0.certificateBy = 9 },
    Short("the reviewer's key alone, with somebody else's", "key.person") { ($0.signer, $0.certified) = ("P-ines", "P-ines") },
    Short("another key under the person's certificate", "key.signature") { $0.signer = "P-ines" },
    Short("another reviewer's key", "glass.key") { $0.grantBy = 9 },
    Short("the person signed another case", "key.claims") { $0.claims = ["case": "01a20c93-e606-71e1-ac02-b6790b57db40"] },
    Short("the person signed another reason", "key.claims") { $0.claims = ["reason": "none"] },
    Short("the person signed another ticket", "key.claims") { $0.claims = ["ticket": "INC-8"] },
    Short("the person signed a shorter time", "key.claims") { $0.claims = ["minutes": 5] },
    Short("somebody else signed", "key.claims") { $0.claims = ["sub": "P-gus"] },
    Short("signed last night", "key.claims") { $0.claims = ["iat": .integer(GlassCase.start.unixSeconds - 40_000)] },
    Short("a key whose time is over", "key.expired") { $0.secondsLeft = -61 },
    Short("for another case", "glass.case") { $0.caseID = "01a20c93-e606-71e1-ac02-b6790b57db40" },
    Short("without a reason", "glass.words") { $0.reason = "" },
    Short("without a ticket", "glass.words") { $0.ticket = "" },
    Short("for five hours", "glass.claims") { $0.minutes = 300 },
    Short("of ten minutes ago", "glass.old") { $0.issued = 600 },
    Short("of the future", "glass.time") { $0.issued = -120 },
    Short("signed in six minutes before", "authentication.old") { $0.signedIn = 360 },
    Short("signed in afterwards", "authentication.old") { $0.signedIn = -120 },
    Short("by whoever asked", "decision.requester") { $0.person = "P-asks" },
    Short("by somebody who is not asked", "decision.group") { ($0.person, $0.groups) = ("P-out", ["break-glass"]) },
    Short("by somebody without that role", "glass.group") { ($0.person, $0.groups) = ("P-hana", ["finance-leads"]) },
    Short("by somebody whose role the reviewer made up", "glass.group") { ($0.person, $0.groups) = ("P-hana", ["finance-leads", "break-glass"]) },
    Short("by nobody whom policy knows", "decision.unknown") { ($0.person, $0.signer, $0.certified) = ("P-nobody", "P-omar", "P-omar") },
  ]

  @Test(arguments: shorts)
  func whatFallsShortIsRefusedUnderACodeOfItsOwn(_ short: Short) throws {
    let it = try GlassCase()
    let judged = try it.breakGlass(short.ask)
    #expect(judged.result == .refused && judged.code == short.code, "\(judged.code): \(judged.reason)")
    #expect(it.state?.glass == nil && it.said.notes.isEmpty)
    #expect(try it.decide("P-omar", Self.leads).result == .counted, "nobody decides alone")
  }

  @Test func nothingTakesThePlaceOfWhatThePolicyForbids() throws {
    let prohibited: JSON = [["code": "policy.prohibited", "route": "review", "because": "it names a password", "rule": "p", "gate": "context", "evidence": "action"]]
    #expect(try GlassCase { $0.matches = prohibited }.breakGlass().code == "glass.prohibited")
    #expect(try GlassCase { $0.route = "block" }.breakGlass().code == "glass.prohibited")
    #expect(try GlassCase(workflow: "access-request").breakGlass().code == "glass.off", "off unless a policy says so")
    #expect(try GlassCase(workflow: "compliance-class").breakGlass().code == "glass.off")
    #expect(try GlassCase { $0.editors = ["\(Person.issuer) P-omar"] }.breakGlass().code == "decision.editor", "the last human is another one")
  }

  @Test func aCaseThatWaitsForNobodyNeedsNoGrant() throws {
    let it = try GlassCase()
    _ = try it.decide("P-cleo", ["finance-reviewers"])
    #expect(try it.decide("P-hana", ["finance-leads"]).result == .complete)
    #expect(try it.breakGlass().code == "glass.late")
    it.edit { $0.isObserved = true }
    #expect(try it.breakGlass().code == "glass.late")
    #expect(try GlassCase().act(.broken("01a20c93-e606-71e1-ac02-b6790b57db40", GlassBroken(grant: "x.y.z"))).glass.map(\.code) == ["glass.malformed"])
  }

  @Test func oneGrantAtATimeAndEachSignatureOnce() throws {
    let it = try GlassCase()
    let ask = GlassCase.Ask(minutes: 5)
    #expect(try it.breakGlass(ask).result == .granted)
    #expect(try it.breakGlass(ask).code == "glass.replayed")
    let other = GlassCase.Ask(person: "P-gus", groups: ["finance-reviewers", "break-glass"], jti: "gus-0123456789abcdef")
    #expect(try it.breakGlass(other).code == "glass.open")
    try it.wait(301)
    #expect(it.state?.glass?.isOver == true)
    #expect(try it.breakGlass(ask).code == "glass.replayed", "the person's one signature is one grant")
    #expect(try it.breakGlass(other).result == .granted)
    try it.wait(3601)
    #expect(try it.breakGlass(ask).code == "glass.replayed", "whoever broke it meanwhile")
  }

  @Test func whereNobodyIsThereToHearOfItThereIsNone() throws {
    let it = try GlassCase()
    it.live.replace(with: People(GlassCase.people.filter { !["P-ivo", "P-nina", "P-ines"].contains($0.id) }))
    #expect(try it.breakGlass().code == "glass.unreachable", "one's own second account is nobody else")
  }

  /// The mutant that ignores the grant's end is found here.
  @Test func afterItsEndSomebodyIsMissingAgain() throws {
    let it = try GlassCase()
    let granted = try it.breakGlass()
    let end = try #require(granted.until)
    it.now = end.adding(seconds: 1)
    #expect(try it.decide("P-omar", Self.leads).result == .counted, "a second too late")
    let told = try it.wait(0)
    #expect(told.glass.map(\.code) == ["unused"] && told.permits.isEmpty)
  }

  @Test func inItsLastSecondItCountsAndGoesOutAfterwards() throws {
    let it = try GlassCase()
    let end = try #require(try it.breakGlass().until)
    it.now = end
    #expect(try it.decide("P-omar", Self.leads).result == .complete)
    let told = try it.wait(61)
    #expect(told.permits.first?.glass != nil && told.glass.map(\.code) == ["used"])
  }

  @Test func aBackdatedApprovalIsNotCovered() throws {
    let it = try GlassCase()
    let end = try #require(try it.breakGlass().until)
    it.now = end.adding(seconds: 120)
    #expect(try it.decide("P-omar", Self.leads, at: end.adding(seconds: -10)).result == .counted, "it came after the end")
    let early = try GlassCase()
    let before = early.now
    early.now = before.adding(seconds: 30)
    try early.breakGlass()
    #expect(try early.decide("P-omar", Self.leads, at: before).result == .counted, "it was given before")
  }

  @Test func theReviewerAloneCannotDecideUnderSomebodysGrant() throws {
    let it = try GlassCase()
    try it.breakGlass()
    #expect(try it.decide("P-omar", Self.leads, isSigned: false).result == .counted, "without the person's own signature it is one of two")
    let other = try GlassCase()
    try other.breakGlass()
    #expect(try other.decide("P-hana", ["finance-leads"]).result == .counted, "the grant is of one person")
  }

  /// Whoever writes into policy's database makes no grant.
  @Test(arguments: ["token", "person", "none", "role"])
  func whatStandsInTheDatabaseIsNotBelieved(_ change: String) throws {
    let it = try GlassCase()
    try it.breakGlass()
    #expect(try it.decide("P-omar", Self.leads).result == .complete)
    let forged = try it.token(GlassCase.Ask(certificateBy: 9))
    it.edit { state in
      guard var glass = state.glass?.json.object else { return }
      switch change {
      case "token": glass["token"] = .string((state.glass?.token ?? "") + "x")
      case "person": glass["token"] = .string(forged)
      case "none":
        state.glass = nil
        return
      default: return
      }
      state.glass = try? CaseGlass(Fields(.object(glass)))
    }
    if change == "role" { it.live.replace(with: People(GlassCase.people.filter { $0.id != "P-omar" } + [GlassCase.person("P-omar", "finance-leads")])) }
    let told = try it.wait(61)
    #expect(told.permits.isEmpty && told.reviews(of: GlassCase.caseID).first?.matches.array?.contains { $0["evidence"] == "approvals" } == true)
  }

  @Test func aCaseThatEndsLeavesItsGrantToBeLookedAt() throws {
    let it = try GlassCase()
    try it.breakGlass()
    #expect(try it.decide("P-cleo", ["finance-reviewers"], .reject).result == .complete)
    #expect(it.said.glass.last?.code == "closed" && it.said.notes.map(\.what) == [.granted, .asked])
    #expect(it.state.map { $0.version } == nil)
    let key = GlassReview.key(try #require(it.said.glass.first?.grant))
    #expect(it.states[key]?.openCase?.isGlassReview == true)
  }
}
