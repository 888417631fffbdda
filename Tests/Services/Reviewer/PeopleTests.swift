import Identity
import Testing
import Wire

@testable import countersign_reviewer

/// The file of people: what is wrong is said, all at once, and tokens are matched whole.
@Suite struct PeopleTests {
  private let yaml = """
    people:
      - {id: P-a, name: Ada, groups: [agents], duty: true}
      - {id: P-b, name: Ben, groups: [agents, leads], person_claim: P-a}
    """

  @Test func tokensSpeakForTheirPerson() throws {
    let people = try People(yaml: yaml, tokens: "# tokens\n0123456789abcdef P-a\n\nfedcba9876543210 P-b\n")
    #expect(people.person(token: "0123456789abcdef")?.id == "P-a")
    #expect(people.person(token: "fedcba9876543210")?.claim == "P-a")
    for wrong in ["", "0123456789abcde", "0123456789abcdef ", "0123456789ABCDEF"] { #expect(people.person(token: wrong) == nil) }
    #expect(people.members(of: "agents", except: "P-a").isEmpty, "the other account is the same human being")
  }

  @Test func everyMistakeIsNamed() throws {
    let broken = """
      people:
        - {id: P-a, name: Ada, groups: [agents], hair: red}
        - {id: P-a, name: Twin, groups: []}
        - {id: "P b", name: Ben, groups: [x]}
        - nonsense
      """
    let error = try #require(throws: PeopleError.self) { try People(yaml: broken, tokens: "short P-a\n0123456789abcdef P-z\n") }
    #expect(error.mistakes.count == 6, "\(error)")
  }

  @Test(arguments: ["", "people: 3", "[", "other: []"]) func whatIsNoListOfPeopleIsRefused(text: String) {
    #expect(throws: (any Error).self) { try People(yaml: text, tokens: "") }
  }
}
