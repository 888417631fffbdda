import Host
import Hummingbird
import Identity
import JSON
import Wire

/// Taking an ended case up again, by leads and officers on duty who may see what became of it. Nothing of the ended case is changed, and nobody
/// who decided it may decide it again.
struct ReopenRoutes: Sendable {
  let pages: PageRoutes
  /// Nil where nobody has told where intake answers.
  let door: CaseDoor?

  func add(to router: Router<BasicRequestContext>) {
    router.post("/v1/cases/:case/reopen") { request, context in
      let (person, key) = (try pages.edge.person(), try Edge.key(context))
      let body = try JSON.parse(try await request.bytes(upTo: 64 << 10))
      return try await reopen(key, person, Submission.said(body["words"]?.string)).response()
    }
    router.post("/cases/:case/reopen") { request, context in
      let key = try Edge.key(context)
      let (visitor, form) = try await pages.posted(request)
      let answer = try await reopen(key, visitor.person, Submission.said(form["words"]))
      let again = answer.body["case"]?.string ?? ""
      let main: HTML = answer.isRefusal
        ? "<h1>Not taken up again</h1><p>\(answer.detail)</p><blockquote>\(form["words"] ?? "")</blockquote><p><a href=\"/cases/\(attribute: key)\">To its story</a></p>"
        : "<h1>Taken up again</h1><p>Other people decide in <a href=\"/tasks/\(attribute: again)\">the case \(again)</a>. Nothing of this one has changed.</p><p><a href=\"/cases/\(attribute: key)\">To its story</a></p>"
      return Layout.response(pages.layout(visitor).page("Case", main), status: .init(code: answer.isRefusal ? answer.status : 200))
    }
  }

  private func reopen(_ key: String, _ person: Person, _ words: String) async throws -> DeskAnswer {
    // Who may read its story may have it reopened; that it was read is remembered.
    let story = try await pages.edge.story(key, for: person)
    if let refusal = story.refusal { return refusal }
    guard !story.isOpen else { return DeskAnswer(409, ["code": "case.open", "detail": "The case has not ended: decide it, or escalate it."]) }
    guard !words.isEmpty, words.unicodeScalars.count <= Submission.mostWords else {
      return DeskAnswer(422, ["code": "words.missing", "detail": .string("Say why, in 1 to \(Submission.mostWords) characters.")])
    }
    guard let door else { return CaseDoor.away }
    return await door.reopen(key, by: person, words)
  }
}
