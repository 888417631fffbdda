/// How many of the examples hold a feature.
struct Vocabulary: Sendable {
  private var frequency = Array(repeating: Int32(0), count: Words.bucketCount)
  private let documents: Int

  init(_ documents: [[Int32]]) {
    self.documents = documents.count
    for document in documents { for bucket in Set(document) { frequency[Int(bucket)] += 1 } }
  }

  /// The mean inverse document frequency of the features, scaled to 0 (in all examples) … 1 (in none).
  func rarity(of features: [Int32]) -> Double {
    guard !features.isEmpty else { return 0 }
    let most = Arithmetic.log(Double(documents + 1))
    return features.reduce(0) { $0 + 1 - Arithmetic.log(Double(frequency[Int($1)] + 1)) / most }
      / Double(features.count)
  }

  /// The share of features that were seen, 0 where there are none.
  func share(of features: [Int32]) -> Double {
    features.isEmpty ? 0 : Double(features.count { frequency[Int($0)] > 0 }) / Double(features.count)
  }

  /// A score in the light of the share of known words. Texts like the labelled ones keep most of it; below a half no
  /// calibration holds, since none of those were like that, and the score falls steeply.
  static func tempered(_ score: Double, known: Double) -> Double {
    score * (0.4 + 0.6 * known) - 6 * max(0, 0.5 - known)
  }
}

enum SharedWords {
  /// How many of the words of the shorter text are in the other, in [0,1]; 1 where one has none.
  static func share(_ a: String, _ b: String) -> Double {
    let first = Set(Words.features(a, pairs: false)), second = Set(Words.features(b, pairs: false))
    let fewest = min(first.count, second.count)
    return fewest == 0 ? 1 : Double(first.intersection(second).count) / Double(fewest)
  }
}
