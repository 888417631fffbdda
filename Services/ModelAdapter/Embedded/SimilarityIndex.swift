/// Texts of known answers, found by TF-IDF cosine.
struct SimilarityIndex: Sendable {
  private struct Posting: Sendable {
    var document: Int32
    var weight: Double
  }
  /// Documents by bucket, each weight already divided by the document's length.
  private var postings: [[Posting]] = Array(repeating: [], count: Words.bucketCount)
  private var rarity: [Double] = Array(repeating: 0, count: Words.bucketCount)
  private let documentCount: Int

  init(_ texts: [String]) {
    documentCount = texts.count
    let counted = texts.map { Self.counts(Words.features($0)) }
    var frequency = Array(repeating: 0, count: Words.bucketCount)
    for document in counted { for entry in document { frequency[Int(entry.bucket)] += 1 } }
    for bucket in frequency.indices {
      rarity[bucket] = Arithmetic.log(Double(texts.count + 1) / Double(frequency[bucket] + 1)) + 1
    }
    for (number, document) in counted.enumerated() {
      let weighted = weights(document)
      for entry in weighted {
        postings[Int(entry.bucket)].append(Posting(document: Int32(number), weight: entry.weight))
      }
    }
  }

  /// The cosine of the text with each document, in [0,1].
  func similarities(_ text: String) -> [Double] {
    var sums = Array(repeating: 0.0, count: documentCount)
    for entry in weights(Self.counts(Words.features(text))) {
      for posting in postings[Int(entry.bucket)] { sums[Int(posting.document)] += entry.weight * posting.weight }
    }
    return sums.map { min($0, 1) }
  }

  private static func counts(_ features: [Int32]) -> [(bucket: Int32, count: Int)] {
    var counts: [(bucket: Int32, count: Int)] = []
    for bucket in features.sorted() {
      if let last = counts.last, last.bucket == bucket {
        counts[counts.count - 1].count += 1
      } else {
        counts.append((bucket, 1))
      }
    }
    return counts
  }

  private func weights(_ counts: [(bucket: Int32, count: Int)]) -> [(bucket: Int32, weight: Double)] {
    let raw = counts.map { ($0.bucket, (1 + Arithmetic.log(Double($0.count))) * rarity[Int($0.bucket)]) }
    let length = raw.reduce(0) { $0 + $1.1 * $1.1 }.squareRoot()
    return length > 0 ? raw.map { (bucket: $0.0, weight: $0.1 / length) } : []
  }
}
