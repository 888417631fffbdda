import Bundles
import Domain
import JSON
import Testing

@Suite(.serialized) struct SpeedTests {
  static let text = String(repeating: "The shipment of order 4711 arrived and the count of boxes is right. ", count: 12)

  /// An item of about 1 KB on the automatic route.
  static var facts: CaseFacts {
    var facts = CaseFacts(item: [
      "number": "B-1", "text": .string(text), "priority": "normal", "quantity": 12, "product": "boxes", "site": "Riga",
      "channel": "web", "opened": "2026-11-24T08:00:00Z", "tags": ["a", "b"], "risk": "low",
    ])
    facts.proposal = ["label": "delivery"]
    facts.model = 0.95
    return facts
  }

  /// The floor is 20,000 a second on a core; a loaded machine must still reach it.
  @Test func aVerdictIsCheap() throws {
    let bundle = try Workflows.bundle("bench")
    let facts = Self.facts
    #expect(bundle.evaluate(facts).route == .auto)
    let rounds = 20_000
    var best = Duration.seconds(1_000)
    for _ in 0..<3 {
      let time = ContinuousClock().measure {
        for _ in 0..<rounds { if bundle.evaluate(facts).route != .auto { Issue.record("another route") } }
      }
      best = min(best, time)
    }
    let each = best / rounds
    print("a verdict on 1 KB: \(each)")
  }

  @Test func aDrawIsCheap() {
    let rounds = 20_000
    var drawn = 0
    let time = ContinuousClock().measure {
      for number in 0..<rounds
      where Sampling.draw(
        seed: [1, 2, 3], workflow: "bench", stratum: "low/m1", caseID: "\(number)", rate: 0.08, mode: .hold
      ).drawn { drawn += 1 }
    }
    print("a draw: \(time / rounds)")
    #expect(drawn > 0)
  }
}
