import Bundles
import Testing

/// What people learn of a rule beside its sentence: which fields its condition reads.
@Suite struct ReadsTests {
  @Test func theFieldsOfACaseAreFoundAlsoByWayOfNamedValues() throws {
    let bundle = try Workflows.bundle("invoice-exception")
    let reads = Set(bundle.reads(of: "amount_differs"))
    #expect(reads.isSuperset(of: ["sources.order.found", "sources.order.fields.total.minor", "item.amount.minor"]))
    #expect(!reads.contains { $0.hasPrefix("value.") || $0.hasPrefix("threshold.") })
    #expect(Set(bundle.reads(of: "record_differs")).isSuperset(of: ["current.total.minor", "item.amount.minor"]))
    #expect(bundle.reads(of: "no_such_rule").isEmpty)
  }

  @Test func evidenceThatMustBeOpenedIsNamedByItsSource() throws {
    let open = { (workflow: String) in try Workflows.bundle(workflow).sources.filter(\.mustView).map(\.name) }
    #expect(try open("invoice-exception") == ["order"])
    #expect(try open("access-request") == ["entitlements"])
    #expect(try open("ticket-summary") == [])
  }

  @Test func sourcesAreLookedAtAgainUnlessThePolicySaysThatTheyChangeByThemselves() throws {
    let kept = try Workflows.bundle("invoice-exception").sources
    #expect(!kept.isEmpty && kept.allSatisfy(\.looksAgain))
  }
}
