import JSON
import Wire

/// What whoever asked says to a reviewer's question: `{"question", "words", "by"?}`.
struct RequesterAnswer: Sendable {
  let source: String
  let item: String
  /// The id of the question, as it stands on `outcomes`.
  let question: String
  let words: String
  /// Who says so, as the source claims.
  let by: String?
  let record: String
  let claimKey: [UInt8]

  /// Characters at most.
  static let mostWords = 4_000

  init(_ envelope: Envelope, source: String, record: String, _ hashes: ItemHashes) throws(Rejection) {
    guard let object = envelope.data?.object, object.keys.allSatisfy({ ["question", "words", "by"].contains($0) }) else {
      throw Rejection(.schemaViolation, at: "/data", expected: "an object with question, words and perhaps by", found: "something else")
    }
    guard let question = object["question"]?.string, question.utf8.count == 32,
      question.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
    else { throw Rejection(.schemaViolation, at: "/data/question", expected: "the id of a question", found: "something else") }
    guard let words = object["words"]?.string, !words.isEmpty, words.unicodeScalars.count <= RequesterAnswer.mostWords,
      !words.unicodeScalars.contains(where: { $0.value == 0 })
    else {
      throw Rejection(
        .schemaViolation, at: "/data/words", keyword: "maxLength", expected: "a text of 1 to \(RequesterAnswer.mostWords) characters",
        found: "something else")
    }
    var by: String?
    if let given = object["by"] {
      guard let text = given.string.flatMap({ plainText($0, atMost: 120) }) else {
        throw Rejection(.schemaViolation, at: "/data/by", expected: "a name of at most 120 bytes", found: "something else")
      }
      by = text
    }
    self.source = source
    item = envelope.item
    self.question = question
    self.words = words
    self.by = by
    self.record = record
    claimKey = hashes.claimKey(source: source, item: envelope.item)
  }
}
