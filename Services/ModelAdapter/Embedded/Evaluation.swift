import JSON

/// How good a model of this kind is on examples that it had not seen.
public struct Evaluation: Sendable, Equatable {
  /// Examples judged, and the share of them whose proposal was right.
  public var examples: Int
  public var accuracy: Double
  /// Expected calibration error over ten equal bins: of the logistic function of the raw score, and after calibration.
  public var errorBefore: Double
  public var errorAfter: Double
  /// Mean squared error of the calibrated probability.
  public var brier: Double
}

extension EmbeddedModel {
  /// Trains and calibrates on about 70% of the groups and judges on the others.
  public static func evaluate(kind: Kind, labelled: [JSON], approved: [JSON]) throws(EmbeddedModelError) -> Evaluation {
    let examples = try Example.read(labelled)
    let seen = examples.filter { $0.part(of: 37) % 10 < 7 }, unseen = examples.filter { $0.part(of: 37) % 10 >= 7 }
    let method = try train(kind, seen, approved)
    let calibration = Calibration(try unseenScores(kind, seen, approved))
    var before: [(Double, Bool)] = [], after: [(Double, Bool)] = []
    for example in unseen {
      let draft = method.draft(example.request)
      guard let right = example.judges(draft.output) else { continue }
      before.append((Arithmetic.sigmoid(draft.score), right))
      after.append((calibration.probability(draft.score), right))
    }
    let count = Double(max(after.count, 1))
    return Evaluation(
      examples: after.count, accuracy: Double(after.count { $0.1 }) / count,
      errorBefore: calibrationError(before), errorAfter: calibrationError(after),
      brier: after.reduce(0) { $0 + ($1.0 - ($1.1 ? 1 : 0)) * ($1.0 - ($1.1 ? 1 : 0)) } / count)
  }

  /// The mean distance of stated probability and observed share over ten equal bins, weighted by their sizes.
  static func calibrationError(_ points: [(Double, Bool)]) -> Double {
    guard !points.isEmpty else { return 0 }
    var bins = Array(repeating: (said: 0.0, seen: 0.0), count: 10)
    for (probability, right) in points {
      let bin = min(max(Int(probability * 10), 0), 9)
      bins[bin].said += probability
      bins[bin].seen += right ? 1 : 0
    }
    return bins.reduce(0) { $0 + abs($1.said - $1.seen) } / Double(points.count)
  }
}
