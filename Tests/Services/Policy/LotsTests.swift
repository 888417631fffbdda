import Bundles
import Foundation
import JSON
import Lanes
import Permits
import Testing
import Wire

@testable import countersign_policy

/// What people say of held samples changes how closely is looked, from the next epoch on and in every lane.
@Suite struct LotsTests {
  /// An epoch with cases; of those that were held a person rejects the first `wrong` ones and approves the rest.
  private func epoch(_ lane: inout DrawnLane, _ name: String, cases: Int = 40, wrong: Int) throws {
    let before = lane.reviews.count
    for number in 0..<cases { try lane.judge("\(name)-\(number)", for: "\(name)-\(number)") }
    for (number, caseID) in lane.reviews[before...].enumerated() {
      try lane.decide(caseID, number < wrong ? .reject : .approve, code: number < wrong ? "wrong" : "")
    }
    lane.pass(3_600)
    try lane.fireTimers()
  }

  private func rates(_ lane: DrawnLane) -> [Double] {
    lane.lines.filter { $0["headers"]?["ce_type"]?.string == EpochOpened.type }
      .compactMap { $0["body"]?["rates"]?.array?.first?["rate"]?.double }
  }

  private func severity(_ lane: DrawnLane, of number: Int32 = 1) -> LotSwitching.Severity? {
    lane.states[DrawPlace.of(lane: number, among: 4).key]?.draws?.lots.switching("bench", "low/1").severity
  }

  @Test func twoRejectedLotsDoubleTheRateAndFiveAcceptedTakeItBack() throws {
    var lane = try DrawnLane(mode: "hold", rate: 0.25, epochSeconds: 3_600)
    try epoch(&lane, "a", wrong: 1)
    #expect(severity(lane) == .normal)
    try epoch(&lane, "b", wrong: 1)
    #expect(severity(lane) == .tightened)
    for name in ["c", "d", "e", "f", "g"] { try epoch(&lane, name, wrong: 0) }
    #expect(severity(lane) == .normal)
    try epoch(&lane, "h", wrong: 0)
    #expect(rates(lane) == [0.25, 0.5, 0.5, 0.5, 0.5, 0.5, 0.25])
    let (status, said) = try DrawTests.run("verify_lots.py", lane.lines)
    #expect(status == 0 && said.contains(" 0 faults"), "\(said)")
    let draws = try DrawTests.run("verify_draw.py", lane.lines)
    #expect(draws.status == 0, "\(draws.said)")
  }

  @Test func fiveRejectedLotsHoldEverythingUntilAPersonSigns() throws {
    var lane = try DrawnLane(mode: "hold", rate: 0.25, epochSeconds: 3_600)
    for name in ["a", "b", "c", "d", "e", "f", "g"] { try epoch(&lane, name, wrong: 4) }
    #expect(severity(lane) == .stopped)
    let before = lane.reviews.count
    try epoch(&lane, "h", wrong: 0)
    #expect(lane.reviews.count == before + 40, "every case is held")
    #expect(severity(lane) == .stopped, "accepted lots alone do not end it")
    try lane.resume()
    #expect(severity(lane) == .tightened && severity(lane, of: 3) == .normal, "in each lane as far as it has counted")
    try epoch(&lane, "i", wrong: 0)
    #expect(rates(lane).suffix(2) == [1, 0.5])
    let (status, said) = try DrawTests.run("verify_lots.py", lane.lines)
    #expect(status == 0, "\(said)")
  }

  @Test func everyLaneCountsTheSameAndAVerdictThatWasTakenBackDoesNotCount() throws {
    var lane = try DrawnLane(mode: "hold", rate: 1, epochSeconds: 3_600)
    for number in 0..<4 { try lane.judge("case-\(number)", for: "\(number)") }
    try lane.decide("case-0", .reject, code: "wrong")
    try lane.decide("case-1", .approve, code: "")
    try lane.decide("case-2", .escalate, code: "unsure")
    let lots = (0..<4).map { lane.states[DrawPlace.of(lane: $0, among: 4).key]?.draws?.lots.lots.first }
    #expect(lots.allSatisfy { $0?.samples == 2 && $0?.wrong == 1 })
    try lane.undo("case-1")
    #expect(lane.states[lane.place.key]?.draws?.lots.lots.first?.samples == 1)
    try lane.decide("case-1", .reject, code: "wrong", id: "again")
    #expect(lane.states[lane.place.key]?.draws?.lots.lots.first.map { [$0.samples, $0.wrong] } == [2, 2])
    #expect(try DrawTests.run("verify_lots.py", lane.lines).status == 0)
  }

  /// What is hard to judge must not leave the lot.
  @Test func anEscalatedSampleStaysOneOfItsLot() throws {
    var lane = try DrawnLane(mode: "hold", rate: 1, epochSeconds: 3_600)
    try lane.judge("case-1")
    let stratum = try #require(lane.states["case-1"]?.openCase?.stratum)
    try lane.decide("case-1", .escalate, code: "unsure")
    #expect(lane.states["case-1"]?.openCase?.stratum == stratum)
  }

  @Test func whatWasOnlyObservedIsNoSample() throws {
    var lane = try DrawnLane(mode: "observe", rate: 1, epochSeconds: 3_600)
    try lane.judge("case-1")
    try lane.decide("case-1", .reject, code: "wrong")
    #expect(lane.states[lane.place.key]?.draws?.lots.isEmpty == true)
  }

  @Test func anEditedRateOrAMissingVerdictIsNoticed() throws {
    var lane = try DrawnLane(mode: "hold", rate: 0.25, epochSeconds: 3_600)
    for name in ["a", "b", "c"] { try epoch(&lane, name, wrong: 1) }
    #expect(try DrawTests.run("verify_lots.py", lane.lines).status == 0)
    let wrong = lane.lines.filter { $0["body"]?["conforms"]?.bool == false && $0["partition"]?.integer == 1 }
    #expect(wrong.count == 3)
    let less = lane.lines.filter { line in !wrong.prefix(1).contains { $0 == line } }
    #expect(try DrawTests.run("verify_lots.py", less).status == 1)
  }
}
