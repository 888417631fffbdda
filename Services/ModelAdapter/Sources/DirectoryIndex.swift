import Foundation
import Wire

/// Documents of a directory source, found by BM25 (Robertson and Zaragoza 2009, k1 = 1.2, b = 0.75). Pure and total.
struct DirectoryIndex: Sendable {
  struct Document: Sendable {
    let name: String
    let text: String
  }
  struct Hit: Sendable, Equatable {
    let name: String
    /// The beginning of the document.
    let text: String
    /// Share of what a perfect match of this query could reach, in [0,1].
    let score: Double
  }

  private let documents: [Document]
  private let lengths: [Double]
  private let averageLength: Double
  private let postings: [String: [(document: Int, count: Double)]]

  static let mostQueryWords = 200
  static let excerptBytes = 4 << 10
  private static let k1 = 1.2, b = 0.75

  init(_ documents: [Document]) {
    self.documents = documents
    var postings: [String: [(document: Int, count: Double)]] = [:], lengths: [Double] = []
    for (number, document) in documents.enumerated() {
      let words = DirectoryIndex.words(document.text)
      lengths.append(Double(words.count))
      for (word, count) in Dictionary(words.map { ($0, 1.0) }, uniquingKeysWith: +) {
        postings[word, default: []].append((number, count))
      }
    }
    self.postings = postings
    self.lengths = lengths
    averageLength = max(1, lengths.reduce(0, +) / Double(max(1, lengths.count)))
  }

  /// The best documents, the best one first; documents without a word of the query are none.
  func search(_ query: String, most: Int = 3) -> [Hit] {
    var scores: [Int: Double] = [:], attainable = 0.0
    for word in Set(DirectoryIndex.words(query).prefix(DirectoryIndex.mostQueryWords)).sorted() {
      let found = postings[word] ?? []
      let holding = Double(found.count), all = Double(documents.count)
      let rarity = log(1 + (all - holding + 0.5) / (holding + 0.5))
      attainable += rarity * (DirectoryIndex.k1 + 1)
      for (document, count) in found {
        let length = 1 - DirectoryIndex.b + DirectoryIndex.b * lengths[document] / averageLength
        scores[document, default: 0] += rarity * count * (DirectoryIndex.k1 + 1) / (count + DirectoryIndex.k1 * length)
      }
    }
    let best = scores.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(most)
    return best.map { number, score in
      Hit(
        name: documents[number].name, text: DirectoryIndex.excerpt(documents[number].text),
        score: (min(score / max(attainable, 1e-9), 1) * 10_000).rounded() / 10_000)
    }
  }

  private static func excerpt(_ text: String) -> String {
    var end = text.startIndex, bytes = 0
    for index in text.indices {
      bytes += text[index].utf8.count
      guard bytes <= excerptBytes else { break }
      end = text.index(after: index)
    }
    return String(text[..<end])
  }

  private static func words(_ text: String) -> [String] {
    text.lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init)
  }
}
