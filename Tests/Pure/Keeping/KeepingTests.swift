import Domain
import Testing

/// When contents may go, and whose two words end a hold.
@Suite struct KeepingTests {
  private static let day: Int64 = 86_400_000_000

  @Test func eachPartGoesWhenItsOwnDaysAreOver() {
    let brief = RetentionClass(name: "brief", days: 400, parts: [.item: 190, .model: 190])
    let end: Int64 = 1_795_000_000_000_000
    #expect(brief.fewest == 190)
    #expect(brief.due(since: end, at: end + 190 * Self.day - 1) == [])
    #expect(brief.due(since: end, at: end + 190 * Self.day) == [.item, .model])
    #expect(brief.due(since: end, at: end + 400 * Self.day - 1) == [.item, .model])
    #expect(brief.due(since: end, at: end + 400 * Self.day) == ContentPart.allCases)
    // A case that ends after now is no old one.
    #expect(RetentionClass(name: "none", days: 0).due(since: end, at: end - 1) == [])
    #expect(RetentionClass(name: "ever", days: .max).due(since: end, at: .max) == [])
  }

  @Test func onlyAnotherHumanInTimeIsTheSecond() {
    let first = FirstWord(person: "demo ana", human: "ana", at: 0)
    func answer(_ person: String, _ human: String, at: Int64, after before: FirstWord? = first) -> FirstWord.Answer {
      FirstWord(person: person, human: human, at: at).answer(after: before, within: Self.day)
    }
    #expect(answer("demo bob", "bob", at: 0, after: nil) == .first)
    #expect(answer("demo bob", "bob", at: Self.day) == .second)
    #expect(answer("demo bob", "bob", at: Self.day + 1) == .first, "what was said too long ago counts no more")
    #expect(answer("demo ana", "ana", at: 1) == .samePerson)
    #expect(answer("demo ana-2", "ana", at: 1) == .samePerson, "two accounts are one human")
    #expect(answer("demo ana", "ana-renamed", at: 1) == .samePerson, "one account is one person")
  }
}
