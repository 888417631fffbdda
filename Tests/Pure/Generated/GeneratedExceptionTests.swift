import Bundles
import Domain
import JSON
import Testing

/// What must hold of every exception, on generated policies, cases and lists.
@Suite struct GeneratedExceptionTests {
  private static let day: Int64 = 86_400_000_000

  /// Exceptions to a generated policy, sound by construction.
  private static func list(_ random: inout Seeded, _ bundle: Bundles.Bundle) throws -> ExceptionList {
    let conditions = ["item.amount > 20", #"item.kind == "a""#, "action.amount < 100", #"item.text.contains("l")"#, "proposal.good"]
    let codes = ReasonCode.allCases.filter(\.isWaivable).map(\.rawValue)
    let entries = (0...random.below(3)).map { number -> JSON in
      var entry = JSONObject([
        ("id", .string("e-\(number)")), ("workflow", "generated"), ("reason", "it is so"), ("requester", "P-1"), ("approver", "P-2"),
        ("waives", .array((0...random.below(4)).map { _ in .string(random.pick(["policy.risk", "context.conflict", random.pick(codes)])) })),
        ("starts", "1970-01-02T00:00:00Z"), ("expires", .string("1970-01-0\(3 + random.below(5))T00:00:00Z")),
      ])
      if random.chance(0.6) { entry["when"] = .string(random.pick(conditions)) }
      return .object(entry)
    }
    let document: JSON = ["version": 1, "exceptions": .array(entries)]
    return try ExceptionList.load(text: document.text, file: "list", bundles: ["generated": bundle])
  }

  /// In parts, for as many cores.
  @Test(arguments: 0..<4 as Range<UInt64>) func anExceptionRelievesWhatItNamesWhileItLastsAndNothingElse(part: UInt64) throws {
    var random = Seeded(20_261_125 + part)
    var compared = 0, relieved = 0, made: [String: Int] = [:]
    for number in 0..<250 {
      let policy = GeneratedPolicy(&random)
      let bundle = try policy.load()
      // Loaded against an A policy, since a list for an expert's workflow is refused; evaluation must not rest on that.
      let sound = policy.template == .expert ? try Self.sampled(&random) : bundle
      let list = try Self.list(&random, sound)
      for _ in 0..<10 {
        var facts = PropertyTests.facts(&random)
        if random.chance(0.3) { facts.findings.append(Finding(code: .contextConflict, field: "item.text", detail: "x")) }
        let without = bundle.evaluate(facts)
        facts.exceptions = list.exceptions
        let ends = list.exceptions.flatMap { [$0.expires - 1, $0.expires, $0.expires + 1] as [Int64] }
        let instants: [Int64] = [0, Self.day - 1, Self.day, 20 * Self.day] + ends
        for now in instants {
          facts.now = now
          let with = bundle.evaluate(facts)
          compared += 1
          let place = "policy \(number) at \(now)\n\(policy.text)\n\(facts)"
          // To the instant, for each of them by itself.
          for used in with.exceptions {
            let exception = try #require(list.byID[used.exception])
            #expect(exception.starts <= now && now < exception.expires, "\(used) is used outside its time: \(place)")
          }
          if !list.exceptions.contains(where: { $0.starts <= now && now < $0.expires }) { #expect(with == without, "\(place)") }
          #expect(with.route <= without.route && with.route >= policy.template.floor, "\(place)")
          #expect(with.matches.count == without.matches.count, "what is waived stays in the explanation: \(place)")
          #expect(with.risk == without.risk && with.confidence == without.confidence)
          for match in with.matches where match.waived != nil {
            relieved += 1
            #expect(match.code.isWaivable && match.route < .block && policy.template != .expert, "\(match): \(place)")
          }
          // Whatever asks for a person and may not be waived still does.
          let floor = without.matches.filter { !$0.isWaivable }.map(\.route).max() ?? .auto
          #expect(with.route >= floor, "\(place)")
          if policy.template == .expert { #expect(with == without) }
          if with.route < without.route { made["\(without.route) to \(with.route)", default: 0] += 1 }
        }
      }
    }
    print("statistics: \(compared) evaluations with exceptions, \(relieved) matches relieved, routes \(made.sorted { $0.key < $1.key })")
    #expect(relieved > 1_250 && (made["review to auto"] ?? 0) > 5 && (made["sme to auto"] ?? 0) > 5 && (made["sme to review"] ?? 0) > 5)
  }

  private static func sampled(_ random: inout Seeded) throws -> Bundles.Bundle {
    while true {
      let policy = GeneratedPolicy(&random)
      if policy.template == .sampled { return try policy.load() }
    }
  }

  /// What an exception may never touch, whatever is added to the catalogue later.
  @Test func theCodesThatMayBeWaivedAreThese() {
    #expect(
      ReasonCode.allCases.filter(\.isWaivable).map(\.rawValue) == [
        "context.missing_source", "context.conflict", "context.stale", "context.edge_case", "context.unsupported",
        "context.ambiguous", "tone.mismatch", "policy.risk", "exception.asked", "amount.discrepancy",
      ])
  }
}
