import JSON
import Wire

/// A question that whoever asked has not answered yet.
struct OpenQuestion: Equatable {
  let id: String
  let words: String
  let asked: Instant
  /// After it the case ends, rejected.
  let until: Instant

  init(_ body: QuestionPut) {
    id = body.question
    words = body.words
    asked = body.asked
    until = body.until
  }

  init(_ fields: Fields) throws(WireError) {
    id = try fields.text("id")
    words = try fields.text("words")
    asked = try fields.instant("asked")
    until = try fields.instant("until")
  }

  var json: JSON {
    ["id": .string(id), "words": .string(words), "asked": .integer(asked.microseconds), "until": .integer(until.microseconds)]
  }
}
