import Identity
import JSON
import Lanes
import Permits
import Testing
import Wire

@testable import countersign_policy

/// What was done under a grant is looked at by another person, or the right is gone.
@Suite struct GlassReviewTests {
  /// A case whose grant was used, and the key of what is asked of another person.
  func used() throws -> (GlassCase, key: String) {
    let it = try GlassCase()
    let grant = try it.breakGlass().grant
    _ = try it.decide("P-omar", GlassTests.leads)
    try it.wait(61)
    return (it, GlassReview.key(grant))
  }

  private func suspended(_ it: GlassCase) -> Bool { it.known.suspended(it.live.now).contains("P-omar") }

  @Test func itIsATaskOfItsOwnWithAllThatIsNeeded() throws {
    let (it, key) = try used()
    let asked = try #require(it.said.reviews(of: key).first)
    #expect(key.utf8.count == 36 && key.replacing("-", with: "") == asked.data["grant"]?.string)
    #expect(asked.workflow == "break-glass" && asked.deadline == it.now.adding(seconds: 86_400) && asked.barred == ["\(Person.issuer) P-omar"])
    #expect(asked.data["case"] == .string(GlassCase.caseID) && asked.data["ticket"] == "INC-7" && asked.data["permit"]?.string == it.said.permits.first?.id)
    #expect(asked.quorum["group"] == "duty-officers" && asked.quorum["count"] == 1 && asked.requester?.id == "P-asks")
    #expect(!suspended(it), "there is time yet")
  }

  @Test func anotherPersonFindsItJustified() throws {
    let (it, key) = try used()
    #expect(try it.decide("P-omar-2", ["duty-officers"], key: key).code == "decision.barred", "under no other account either")
    #expect(try it.decide("P-hana", ["finance-leads"], key: key).code == "decision.group")
    #expect(try it.decide("P-ivo", ["duty-officers"], .escalate, key: key).code == "decision.glass")
    #expect(try it.decide("P-ivo", ["duty-officers"], key: key).result == .complete)
    #expect(it.said.notes.last?.what == .justified && it.said.notes.last?.by == "\(Person.issuer) P-ivo" && it.said.notes.last?.caseID == GlassCase.caseID)
    #expect(it.known.now.isEmpty && it.states[key].map { _ in true } == nil, "nothing is left to remember")
  }

  @Test func whatWasNotJustifiedSuspendsTheRight() throws {
    let (it, key) = try used()
    #expect(try it.decide("P-nina", ["duty-officers"], .reject, key: key, words: "the second approver was at her desk").result == .complete)
    #expect(it.said.notes.last?.what == .unjustified && it.said.notes.last?.reason == "the second approver was at her desk" && suspended(it))
    let noted = GlassNoted(.restored, personIssuer: Person.issuer, person: "P-omar", grant: "", caseID: "", at: it.now, by: "P-ivo", reason: "talked to")
    try it.act(.glassRestored(noted))
    #expect(!suspended(it) && it.known.now.isEmpty)
  }

  @Test func notLookedAtInTimeTheRightIsSuspendedUntilSomebodyDoes() throws {
    let (it, key) = try used()
    try it.wait(86_399, key)
    #expect(!suspended(it))
    let told = try it.wait(1, key)
    #expect(told.notes.map(\.what) == [.overdue] && suspended(it))
    let late = try #require(told.reviews(of: key).first)
    #expect(late.version == 2 && late.ladder.array?.first?["channel"] == "pagerduty" && late.deadline > it.now)
    // Another case, the same person.
    let other = try GlassCase()
    other.known.set(it.known.now)
    #expect(try other.breakGlass().code == "glass.suspended")
    // A month later nobody has looked yet: it is asked again, and said once.
    #expect(try it.wait(31 * 86_400, key).notes.isEmpty)
    #expect(it.states[key]?.openCase?.version == 3 && suspended(it))
    #expect(try it.decide("P-ivo", ["duty-officers"], key: key).result == .complete)
    #expect(!suspended(it), "late, and yet")
  }
}
