import JSON
import Wire

/// Which line of a lane's history a database belongs to. A recovery begins a new one, so that the database that it
/// replaced, should it come back, is not taken for the living one.
struct History: Sendable, Equatable {
  struct Chapter: Sendable, Equatable {
    let id: String
    /// The number of each stream at which it began.
    let began: [String: Int64]
  }
  /// The newest first.
  var chapters: [Chapter]

  private static let kept = 16

  init(id: String) { chapters = [Chapter(id: id, began: [:])] }

  func followed(by id: String, at numbers: [String: Int64]) -> History {
    var next = self
    next.chapters.insert(Chapter(id: id, began: numbers), at: 0)
    next.chapters = Array(next.chapters.prefix(History.kept))
    return next
  }

  /// Whether `other` is this history or an earlier state of it.
  func includes(_ other: History) -> Bool {
    chapters.contains { $0.id == other.chapters.first?.id }
  }

  /// Why a database of this history, with these numbers, may not go on from a log that says `published`; nil where it may.
  func refusal(numbers: [String: Int64], published: History) -> String? {
    guard let own = chapters.first, let newest = published.chapters.first else { return nil }
    if includes(published) { return nil }
    guard let index = published.chapters.firstIndex(where: { $0.id == own.id }) else {
      return "the database belongs to the history \(own.id), the log to \(newest.id)"
    }
    let child = published.chapters[index - 1]
    for (stream, number) in numbers.sorted(by: { $0.key < $1.key }) {
      let began = child.began[stream] ?? 0
      if number > began { return "\(stream) stands at \(number) here, but the history \(child.id) went on from \(began)" }
    }
    return nil
  }

  var text: String {
    JSON.array(
      chapters.map { chapter in
        ["id": .string(chapter.id), "began": .object(JSONObject(chapter.began.map { ($0.key, .integer($0.value)) }))]
      }
    ).text
  }

  /// Nil for anything that `text` did not write.
  init?(text: String) {
    guard let json = try? JSON.parse(Array(text.utf8), limits: .stored), let all = json.array, !all.isEmpty else { return nil }
    var chapters: [Chapter] = []
    for chapter in all {
      guard let id = chapter["id"]?.string, let began = chapter["began"]?.object else { return nil }
      var numbers: [String: Int64] = [:]
      for member in began.members { numbers[member.key] = member.value.integer }
      chapters.append(Chapter(id: id, began: numbers))
    }
    self.chapters = chapters
  }
}
