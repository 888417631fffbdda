import Permits
import Testing
import Wire

@testable import countersign_policy

/// A case drawn to be observed goes alone, and a person looks at it without anything waiting for that.
@Suite struct ObservingTests {
  private func observed() throws -> DrawnLane {
    var lane = try DrawnLane(mode: "observe", rate: 1, epochSeconds: 3_600)
    try lane.judge("case-1", for: "ann")
    return lane
  }

  @Test func theOutcomeDoesNotWaitAndTheReviewIsOpen() throws {
    let lane = try observed()
    #expect(lane.outcomes == ["case-1": "advisory"])
    #expect(lane.codes["case-1"]?.first == "sample.drawn")
    #expect(lane.states["case-1"]?.openCase?.phase == .observing)
  }

  @Test(arguments: Approval.Verb.allCases)
  func aDecisionIsALabelAndNothingElse(_ verb: Approval.Verb) throws {
    var lane = try observed()
    try lane.decide("case-1", verb, code: "wrong")
    let label = try #require(lane.feedback.last)
    #expect(label.verb == verb.rawValue && label.reviewer == "demo kim" && label.draw == "observe 1.000")
    #expect(label.adjudication == "unadjudicated" && label.version == 1 && label.decision == "d-case-1")
    #expect(lane.outcomes.count == 1 && lane.states["case-1"] == nil)
  }

  @Test func aRejectionStandsInTheWayOfTheNextOne() throws {
    var lane = try observed()
    try lane.decide("case-1", .reject, code: "wrong")
    try lane.judge("case-2", for: "ann")
    #expect(lane.codes["case-2"]?.first == "recent.rejection" && lane.outcomes["case-2"] == nil)
  }

  @Test func whatNobodyLooksAtEndsWithItsDeadline() throws {
    var lane = try observed()
    lane.pass(8 * 86_400)
    try lane.fire("deadline", of: "case-1")
    #expect(lane.states["case-1"] == nil && lane.outcomes.count == 1)
  }
}
