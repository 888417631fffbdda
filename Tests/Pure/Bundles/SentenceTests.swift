import Bundles
import Domain
import JSON
import Testing

@Suite struct SentenceTests {
  private func because(_ sentence: String, when: String = "item.amount > threshold.large", _ item: JSON) throws
    -> String?
  {
    let rules = SmallPolicy.rules.replacing("amount {item.amount} is above {threshold.large}", with: sentence)
      .replacing("when: item.amount > threshold.large", with: "when: \(when)")
    var facts = SmallPolicy.goodFacts
    facts.item = item
    return try SmallPolicy.load(SmallPolicy.text(rules: rules)).evaluate(facts).matches.first { $0.rule == "large" }?
      .because
  }

  @Test func numbersAreCutAndNotRounded() throws {
    let item: JSON = ["amount": 101, "ratio": 0.919999, "kind": "a"]
    #expect(
      try because("ratio {item.ratio} at amount {item.amount}, {threshold.large}", item)
        == "ratio 0.9199 at amount 101, 100")
    #expect(
      try because("ratio {item.ratio|percent} at amount, {threshold.large}", item) == "ratio 91.9999% at amount, 100")
    #expect(
      try because("ratio {item.ratio} of amount, {threshold.large}", ["amount": 101, "ratio": 0.57, "kind": "a"])
        == "ratio 0.57 of amount, 100")
  }

  @Test func moneyIsShownFormatted() throws {
    let item: JSON = ["amount": 123_456_789, "text": "EUR", "kind": "a"]
    #expect(
      try because("amount {item.amount|money item.text} over {threshold.large}", item)
        == "amount 1,234,567.89 EUR over 100")
    #expect(
      try because("amount {item.amount|money item.text} over {threshold.large}", item.with("text", "JPY"))
        == "amount 123,456,789 JPY over 100")
    #expect(
      try because(
        "amount {item.amount|money item.text} over {threshold.large}", item.with("amount", 101).with("text", "KWD"))
        == "amount 0.101 KWD over 100")
  }

  @Test func hostileValuesStayShortAndVisible() throws {
    let text = "a\u{202E}b\nc\u{0}" + String(repeating: "x", count: 500)
    let sentence = try because(
      "text {item.text} with amount over {threshold.large}", ["amount": 101, "text": .string(text), "kind": "a"])
    #expect(sentence == "text ab c\(String(repeating: "x", count: 35))… with amount over 100")
  }

  @Test func aMissingValueIsSaid() throws {
    #expect(
      try because("text {item.text} with amount over {threshold.large}", ["amount": 101, "kind": "a"])
        == "text (missing) with amount over 100")
  }

  @Test func anAddressTakesUnmarkedFieldsAndKeepsThemInTheirPlace() throws {
    let source = try #require(try SmallPolicy.load().sources.first)
    #expect(source.address(for: ["kind": "a"]) == "/stock/a")
    #expect(source.address(for: ["kind": "../x?y=1#z é"]) == "/stock/..%2Fx%3Fy%3D1%23z%20%C3%A9")
    #expect(source.address(for: ["kind": ".."]) == "/stock/%2E%2E")
    #expect(source.address(for: ["kind": ""]) == nil)
    #expect(source.address(for: [:]) == nil)
  }
}
