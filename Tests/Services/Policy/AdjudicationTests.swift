import JSON
import Lanes
import Permits
import Testing
import Wire

@testable import countersign_policy

/// Truth takes two people who know nothing of the first decision or of each other, and a third where they differ.
@Suite struct AdjudicationTests {
  /// A lane with a held sample that a person has rejected.
  private func rejected() throws -> DrawnLane {
    var lane = try DrawnLane(mode: "hold", rate: 1, epochSeconds: 3_600, adjudicates: true)
    try lane.judge("case")
    try lane.decide("case", .reject, code: "wrong_answer")
    #expect(lane.asked.map(\.item) == ["case/1"])
    // With which probability it was chosen stands beside the data, where no adjudicator sees it.
    #expect(lane.asked.map(\.share) == [1] && lane.asked[0].data.object?["share"] == nil)
    return lane
  }

  @Test(arguments: [
    ([true, true], "right", 2), ([false, false], "wrong", 2), ([true, false, true], "right", 3), ([false, true, false], "wrong", 3),
    ([true, false, false], "wrong", 3), ([false, true, true], "right", 3),
  ])
  func twoWhoAgreeSufficeAndAThirdDecidesBetweenTwo(words: [Bool], truth: String, people: Int64) throws {
    var lane = try rejected()
    for (number, isRight) in words.enumerated() {
      #expect(lane.asked.count == number + 1 && lane.truths.isEmpty)
      try lane.admit("a-\(number)")
      try lane.decide("a-\(number)", isRight ? .approve : .reject, code: isRight ? "" : "wrong_answer", person: "judge-\(number)")
    }
    let found = try #require(lane.truths.first)
    #expect(found.caseID == "case" && found.workflow == "bench" && found.people == people)
    #expect(found.isRight == (truth == "right") && lane.asked.count == words.count)
  }

  /// Nothing that the page may show tells what anybody decided: only the ticket differs, and nobody but policy can read it.
  @Test func theTaskShowsNeitherTheFirstDecisionNorTheOtherPersons() throws {
    var texts: [String] = [], tickets: Set<String> = []
    for isRight in [true, false] {
      var lane = try rejected()
      try lane.admit("a-1")
      try lane.decide("a-1", isRight ? .approve : .reject, code: isRight ? "" : "wrong_answer", person: "judge")
      try lane.admit("a-2")
      let file = try #require(lane.files["a-2"])
      #expect(file.approvals == [] && file.barred == ["demo judge", "demo kim"] && file.route == "review")
      var writer = JSONWriter()
      file.write(&writer)
      let ticket = try #require(file.data["ticket"]?.string)
      tickets.insert(ticket)
      texts.append(String(decoding: writer.finish(), as: UTF8.self).replacing(ticket, with: "TICKET"))
      #expect(!texts[0].contains("reject") && !texts[0].contains("wrong_answer"))
    }
    #expect(Set(texts).count == 1 && tickets.count == 2)
  }

  @Test func whoeverHasDecidedBeforeIsRefused() throws {
    var lane = try rejected()
    try lane.admit("a-1")
    try lane.decide("a-1", .approve, person: "kim")
    #expect(lane.asked.count == 1 && lane.states["a-1"]?.openCase?.phase == .reviewing)
    try lane.decide("a-1", .approve, person: "judge")
    #expect(lane.asked.count == 2)
    try lane.admit("a-2")
    try lane.decide("a-2", .approve, person: "judge")
    #expect(lane.truths.isEmpty)
    try lane.decide("a-2", .approve, person: "other")
    #expect(lane.truths.map(\.isRight) == [true])
  }

  @Test func aDrawnShareOfApprovedSamplesIsAskedAboutAndNoOtherCase() throws {
    var lane = try DrawnLane(mode: "hold", rate: 0.5, epochSeconds: 3_600, adjudicates: true)
    for number in 0..<1_000 { try lane.judge("case-\(number)") }
    for caseID in lane.reviews { try lane.decide(caseID, .approve) }
    #expect((20...80).contains(lane.asked.count), "\(lane.asked.count) of \(lane.reviews.count)")
    #expect(lane.asked.allSatisfy { $0.share == PolicyStep.adjudicatedShare })
    var again = try DrawnLane(mode: "hold", rate: 0.5, epochSeconds: 3_600, adjudicates: true)
    for number in 0..<1_000 { try again.judge("case-\(number)") }
    for caseID in again.reviews { try again.decide(caseID, .approve) }
    #expect(again.asked.map(\.item) == lane.asked.map(\.item), "the same everywhere")
  }

  @Test func withoutTheWorkflowNobodyIsAsked() throws {
    var lane = try DrawnLane(mode: "hold", rate: 1, epochSeconds: 3_600)
    try lane.judge("case")
    try lane.decide("case", .reject, code: "wrong_answer")
    #expect(lane.asked.isEmpty)
  }

  @Test func anObservedSampleThatAPersonFindsWrongIsAskedAbout() throws {
    var lane = try DrawnLane(mode: "observe", rate: 1, epochSeconds: 3_600, adjudicates: true)
    try lane.judge("case")
    try lane.decide("case", .reject, code: "wrong_answer")
    #expect(lane.asked.map(\.item) == ["case/1"])
  }

  /// A ticket that policy did not make ends the adjudication without a truth.
  @Test func aTicketOfAnotherCaseTellsNothing() throws {
    var lane = try rejected()
    try lane.admit("a-1")
    try lane.decide("a-1", .approve, person: "judge")
    var data = try #require(lane.asked.last?.data.object)
    data["ticket"] = .string(String(repeating: "0", count: 64))
    lane.asked.append(AdjudicationAsked(item: "case/2", data: .object(data)))
    try lane.admit("a-2")
    try lane.decide("a-2", .approve, person: "other")
    #expect(lane.truths.isEmpty && lane.asked.count == 3)
  }
}
