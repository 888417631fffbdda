import Testing

@testable import Wire

@Suite struct PositionListTests {
  @Test func runsAreWrittenShortAndReadBack() {
    let lists: [([Int64], String)] = [
      ([], ""), ([0], "0"), ([7, 8], "7-8"), ([1, 2, 3, 9, 11, 12], "1-3,9,11-12"), ([5, 7], "5,7"), ([4_000_000_000], "4000000000"),
    ]
    for (positions, text) in lists {
      #expect(PositionList.text(positions) == text)
      #expect(PositionList.read(text) == positions)
    }
  }

  @Test(arguments: ["a", "-", "3-", "-3", "5-4", "4,4", "9,3", "1-5,5", "1-2-3", "0-100000000", "1-99999,100001-199999,200001", "1.5", " 1"])
  func nothingElseIsRead(text: String) { #expect(PositionList.read(text) == nil) }
}
