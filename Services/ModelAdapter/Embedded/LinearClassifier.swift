import JSON
import Wire

/// Multinomial logistic regression over hashed features, trained by stochastic gradient descent in a fixed order.
struct LinearClassifier: Sendable {
  /// The classes in the order of their code units.
  let classes: [String]
  /// Weight of class c for bucket b at `b * classes.count + c`.
  private var weights: [Double]
  private var bias: [Double]

  struct Sample {
    var features: [Int32]
    var label: String
  }

  init(_ samples: [Sample], epochs: Int = 24, rate: Double = 3) {
    var names: [String] = []
    for sample in samples where !names.contains(where: { $0.sameCodePoints(as: sample.label) }) {
      names.append(sample.label)
    }
    classes = names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    weights = Array(repeating: 0, count: Words.bucketCount * classes.count)
    bias = Array(repeating: 0, count: classes.count)
    let labels = samples.map { sample in classes.firstIndex { $0.sameCodePoints(as: sample.label) } ?? 0 }
    var dice = SplitMix64(seed: 7)
    for epoch in 0..<epochs {
      let step = rate / (1 + 0.15 * Double(epoch))
      for at in dice.order(of: samples.count) { learn(samples[at].features, labels[at], step) }
      for index in weights.indices where weights[index] != 0 { weights[index] *= 0.985 }
    }
  }

  private mutating func learn(_ features: [Int32], _ label: Int, _ step: Double) {
    let shares = Self.softmax(scores(features)), scale = Self.scale(features)
    for (c, share) in shares.enumerated() {
      let slope = step * ((c == label ? 1 : 0) - share)
      bias[c] += slope * 0.1
      for bucket in features { weights[Int(bucket) * classes.count + c] += slope * scale }
    }
  }

  /// The logit of each class.
  func scores(_ features: [Int32]) -> [Double] {
    let width = classes.count, scale = Self.scale(features)
    var sums = Array(repeating: 0.0, count: width)
    weights.withUnsafeBufferPointer { weights in
      for bucket in features {
        let base = Int(bucket) * width
        for c in 0..<width { sums[c] += weights[base + c] }
      }
    }
    for c in 0..<width { sums[c] = sums[c] * scale + bias[c] }
    return sums
  }

  /// Logits to shares that sum to 1.
  static func softmax(_ scores: [Double]) -> [Double] {
    let top = scores.max() ?? 0
    let powers = scores.map { Arithmetic.exp($0 - top) }
    let sum = powers.reduce(0, +)
    return powers.map { $0 / sum }
  }

  private static func scale(_ features: [Int32]) -> Double {
    features.isEmpty ? 0 : 1 / Double(features.count).squareRoot()
  }
}

/// Classes by falling score; equal scores keep the classes' own order.
struct Ranking {
  let order: [Int]
  let scores: [Double]

  init(_ scores: [Double]) {
    self.scores = scores
    order = scores.indices.sorted { scores[$0] != scores[$1] ? scores[$0] > scores[$1] : $0 < $1 }
  }

  var best: Int? { order.first }
  /// The lead of the best over the second; the best's own score where there is no second.
  var margin: Double {
    guard let first = order.first else { return 0 }
    return order.count > 1 ? scores[first] - scores[order[1]] : scores[first]
  }
}
