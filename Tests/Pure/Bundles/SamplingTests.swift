import Bundles
import Domain
import Testing

@Suite struct SamplingTests {
  /// Computed with Python: `int.from_bytes(hmac.new(seed, b"w\nlow/m1\nc1\n", "sha256").digest()[:8], "big") / 2**64`.
  @Test func anyoneCanRecomputeADraw() {
    let seed = Array("an epoch's seed of thirty-two byt".utf8)
    #expect(Sampling.uniform(seed: seed, workflow: "w", stratum: "low/m1", caseID: "c1") == Self.pythonValue)
  }
  static let pythonValue = 0.2070741332501428

  @Test func theShareDrawnIsTheRate() {
    let drawn = (0..<20_000).filter {
      Sampling.draw(seed: [1, 2, 3], workflow: "w", stratum: "s", caseID: "case-\($0)", rate: 0.08, mode: .hold).drawn
    }.count
    // Four standard deviations of a binomial count: √(20,000 × 0.08 × 0.92) = 38.
    #expect(abs(drawn - 1_600) < 154, "\(drawn) drawn")
  }

  @Test func theDrawDependsOnSeedWorkflowStratumAndCase() {
    let all = [("w", "s", "c"), ("v", "s", "c"), ("w", "t", "c"), ("w", "s", "d"), ("ws", "", "c")].map {
      Sampling.uniform(seed: [1], workflow: $0.0, stratum: $0.1, caseID: $0.2)
    }
    #expect(Set(all).count == all.count)
    #expect(Sampling.uniform(seed: [2], workflow: "w", stratum: "s", caseID: "c") != all[0])
  }

  @Test func everyCaseCarriesItsProbability() {
    let draw = Sampling.draw(seed: [1], workflow: "w", stratum: "s", caseID: "c", rate: 0.08, mode: .hold)
    #expect(draw.probability == 0.08)
    #expect(draw.stratum == "s")
    #expect(
      Sampling.draw(seed: [1], workflow: "w", stratum: "s", caseID: "c", rate: 0.08, mode: .none)
        == Draw(mode: .none, drawn: false, probability: 0, stratum: "s"))
  }

  @Test(arguments: [1, .nan, 2, -1, .infinity]) func aRateOfOneOrNoneAtAllDrawsEveryCase(_ rate: Double) {
    for number in 0..<100 {
      #expect(
        Sampling.draw(seed: [9], workflow: "w", stratum: "s", caseID: "\(number)", rate: rate, mode: .observe).drawn)
    }
  }

  @Test func aRateOfZeroDrawsNone() {
    #expect(
      !(0..<100).contains {
        Sampling.draw(seed: [9], workflow: "w", stratum: "s", caseID: "\($0)", rate: 0, mode: .hold).drawn
      })
  }
}
