import Permits
import Testing
import Wire

@testable import countersign_policy

/// After a person's rejection the subject's next item is not automatic (G8), in whatever lane it is judged.
@Suite struct StandDownTests {
  /// Everything is held at first, so that there is something to reject; then nothing is.
  private func rejected() throws -> DrawnLane {
    var lane = try DrawnLane(mode: "hold", rate: 0.0001, epochSeconds: 86_400)
    try lane.judge("case-0", for: "ann")
    #expect(lane.reviews.isEmpty, "the same item goes alone without a rejection")
    try lane.change(key: 7)
    try lane.judge("case-1", for: "ann")
    try lane.change(key: 5)
    #expect(lane.codes["case-1"]?.first == "sample.drawn")
    try lane.decide("case-1", .reject, code: "wrong")
    return lane
  }

  @Test(arguments: [Int32(0), 1, 2, 3])
  func everyLaneKnows(_ number: Int32) throws {
    var lane = try rejected()
    lane.place = DrawPlace.of(lane: number, among: 4)
    try lane.judge("case-2", for: "ann")
    #expect(lane.codes["case-2"]?.first == "recent.rejection")
    try lane.judge("case-3", for: "bob")
    try lane.judge("case-4")
    #expect(lane.codes["case-3"] == nil && lane.codes["case-4"] == nil)
  }

  @Test func oneApprovalEndsIt() throws {
    var lane = try rejected()
    try lane.judge("case-2", for: "ann")
    try lane.decide("case-2", .approve)
    lane.place = DrawPlace.of(lane: 3, among: 4)
    try lane.judge("case-3", for: "ann")
    #expect(lane.codes["case-3"] == nil)
  }

  @Test func itEndsByItself() throws {
    var lane = try rejected()
    lane.pass(604_799)
    try lane.judge("case-2", for: "ann")
    #expect(lane.codes["case-2"]?.first == "recent.rejection")
    lane.pass(1)
    try lane.judge("case-3", for: "ann")
    // It may be drawn, as anybody's.
    #expect(!(lane.codes["case-3"]?.contains("recent.rejection") ?? false))
  }

  @Test func whoeverIsNotRememberedOneByOneIsNotAutomaticEither() throws {
    var known = StandDowns()
    let lane = try DrawnLane(mode: "hold", epochSeconds: 86_400)
    for number in 0...StandDowns.most { known = known.after(lane.began("subject-\(number)")) }
    #expect(known.entries.count == StandDowns.most)
    #expect(known.entry("another", "bench", now: lane.began("x").at) != nil)
    #expect(known.entry("another", "elsewhere", now: lane.began("x").at) == nil)
  }
}
