@testable import Embedded
import JSON
import Testing
import Wire

@Suite("Calibration") struct CalibrationTests {
  @Test("on groups that the model never saw, the stated probability is near the observed share")
  func unseen() throws {
    for folder in try Folder.all.get() {
      let result = try EmbeddedModel.evaluate(kind: folder.kind, labelled: folder.labelled, approved: folder.approved)
      print(
        "\(folder.kind.rawValue): \(result.examples) unseen, right \(Arithmetic.rounded(result.accuracy)),",
        "calibration error \(Arithmetic.rounded(result.errorBefore)) before,",
        "\(Arithmetic.rounded(result.errorAfter)) after, Brier \(Arithmetic.rounded(result.brier))"
      )
      #expect(result.examples >= 60, "\(folder.kind)")
      #expect(result.accuracy > 0.6, "\(folder.kind)")
      #expect(result.errorAfter < 0.14, "\(folder.kind)")
    }
  }

  /// Scores whose truth follows a known curve.
  static func points(_ count: Int, slope: Double, intercept: Double) -> [(score: Double, right: Bool)] {
    var dice = SplitMix64(seed: 3)
    func share() -> Double { Double(dice.next() >> 11) / 9_007_199_254_740_992 }
    return (0..<count).map { _ in
      let score = share() * 8 - 4
      return (score, share() < Arithmetic.sigmoid(slope * score + intercept))
    }
  }

  @Test("Platt's curve finds the slope and intercept behind the data")
  func platt() throws {
    let calibration = Calibration(Self.points(1000, slope: 0.9, intercept: -0.5))
    #expect(calibration.method == "platt")
    for score in [-3.0, -1, 0, 1, 3] {
      #expect(abs(calibration.probability(score) - Arithmetic.sigmoid(0.9 * score - 0.5)) < 0.06)
    }
  }

  @Test("above 1,000 examples isotonic regression takes over, rises, and is right on average")
  func isotonic() throws {
    let points = Self.points(4000, slope: 1.2, intercept: 0.3), calibration = Calibration(points)
    #expect(calibration.method == "isotonic")
    let steps = stride(from: -5.0, through: 5, by: 0.05).map(calibration.probability)
    #expect(zip(steps, steps.dropFirst()).allSatisfy { $0 <= $1 + 1e-12 })
    #expect(steps.allSatisfy { $0 > 0 && $0 < 1 })
    for score in [-2.0, 0, 2] {
      #expect(abs(calibration.probability(score) - Arithmetic.sigmoid(1.2 * score + 0.3)) < 0.08)
    }
  }

  @Test("a score that says nothing gets the base rate, and one that misleads is not followed")
  func useless() {
    let misleading = Calibration((0..<200).map { (Double($0) / 20, $0 % 200 < 120) })
    #expect(misleading.probability(0) == misleading.probability(10))
    #expect(abs(misleading.probability(5) - 0.6) < 0.02)
  }

  @Test(
    "no score gives certainty, not a number gives the least",
    arguments: [Double.infinity, -.infinity, .nan, 1e300, -1e300])
  func extremes(score: Double) {
    let calibration = Calibration(Self.points(400, slope: 1, intercept: 0))
    let probability = calibration.probability(score)
    #expect(probability > 1.0 / 403 && probability < 402.0 / 403)
    if score.isNaN { #expect(probability < 1.0 / 401) }
  }

  @Test("people's rejections lower the probability of the rejected proposal")
  func rejections() throws {
    let folder = try Folder.of(.ticketSummary)
    let rejected: [JSON] = folder.labelled.prefix(150).map { line in
      var members = line.object ?? JSONObject()
      members["correct"] = false
      members["group"] = .string("rejected " + (line["id"]?.string ?? ""))
      return .object(members)
    }
    let model = try EmbeddedModel(kind: .ticketSummary, labelled: folder.labelled + rejected, approved: [], action: nil)
    let request = try folder.request(folder.sample("ts-bug-plain"))
    #expect(model.propose(request).probability < folder.model.propose(request).probability)
    #expect(model.version != folder.model.version)
  }
}
