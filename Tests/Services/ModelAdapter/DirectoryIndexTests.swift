import Testing

@testable import countersign_model_adapter

@Suite struct DirectoryIndexTests {
  private let index = DirectoryIndex([
    .init(name: "leave.md", text: "Parental leave is granted for twelve weeks. Leave is asked for by form."),
    .init(name: "travel.md", text: "Travel by train is preferred. Flights need approval by the manager."),
    .init(name: "empty.md", text: ""),
  ])

  @Test func findsTheDocumentThatSpeaksOfIt() {
    let hits = index.search("How long is parental LEAVE?")
    #expect(hits.first?.name == "leave.md")
    #expect(hits.allSatisfy { $0.score > 0 && $0.score <= 1 })
    #expect(!hits.contains { $0.name == "empty.md" })
  }

  @Test func findsNothingWhereNothingFits() {
    #expect(index.search("zebra").isEmpty)
    #expect(index.search("").isEmpty)
    #expect(DirectoryIndex([]).search("leave").isEmpty)
  }

  @Test func moreOfTheQueryIsABetterMatch() throws {
    let some = try #require(index.search("parental zebra").first), all = try #require(index.search("parental leave").first)
    #expect(all.score > some.score)
  }
}
