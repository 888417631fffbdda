import Domain
import Testing

@Suite struct QuorumTests {
  let privileged = Quorum.all([.group("managers", count: 1), .group("security", count: 1)])

  @Test func onePersonFillsOnePlace() {
    #expect(!privileged.isMet(by: [["managers", "security"]]))
    #expect(privileged.isMet(by: [["managers", "security"], ["security"]]))
    #expect(privileged.isMet(by: [["security"], ["security", "managers"]]))
    #expect(!privileged.isMet(by: [["security"], ["security"]]))
  }

  @Test func countsAndBranches() {
    let two = Quorum.group("experts", count: 2)
    #expect(!two.isMet(by: [["experts"], ["others"]]))
    #expect(two.isMet(by: [["experts"], ["others"], ["experts"]]))
    let any = Quorum.any([two, .group("officers", count: 1)])
    #expect(any.isMet(by: [["officers"]]))
    #expect(!any.isMet(by: [["experts"]]))
    let twoOfThree = Quorum.of(2, [.group("a", count: 1), .group("b", count: 1), .group("c", count: 1)])
    #expect(twoOfThree.isMet(by: [["a"], ["c"]]))
    #expect(!twoOfThree.isMet(by: [["a", "b"]]))
    #expect(twoOfThree.fewest == 2)
    #expect(twoOfThree.groups == ["a", "b", "c"])
  }

  @Test func nobodyMeetsNothingButAnEmptyTree() {
    #expect(!privileged.isMet(by: []))
    #expect(!Quorum.of(2, [.group("a", count: 1)]).isMet(by: [["a"], ["a"]]), "more branches asked for than there are")
  }

  @Test func manyApproversEndSoonAndNeverMeetMoreThanTheyCan() {
    let crowd = [[String]](repeating: ["a", "b", "c"], count: 500)
    let large = Quorum.all([.group("a", count: 4), .group("b", count: 4), .group("c", count: 4)])
    #expect(large.isMet(by: crowd))
    #expect(!Quorum.all([large, .group("a", count: 1)]).isMet(by: crowd), "only twelve are counted")
  }
}

@Suite struct VocabularyTests {
  @Test func routesAndRisksAreOrdered() {
    #expect(Route.allCases.sorted() == [.auto, .review, .sme, .block])
    #expect(Risk.allCases.sorted() == [.low, .medium, .high, .critical])
    #expect(Route.allCases.filter(\.isHuman) == [.review, .sme, .block])
    #expect(Template.allCases.map(\.floor) == [.auto, .review, .sme])
  }

  @Test func everyReasonHasATitleOfItsOwn() {
    #expect(Set(ReasonCode.allCases.map(\.title)).count == ReasonCode.allCases.count)
    #expect(ReasonCode.allCases.allSatisfy { $0.title.count <= 30 })
    #expect(Set(ReasonCode.allCases.map(\.class)) == Set(ReasonCode.Class.allCases))
  }
}
