import Foundation
import HTTPTypes
import Host
import Hummingbird
import Identity
import JSON
import Lanes
import Wire

extension Edge {
  /// Who is away, for frontends of one's own.
  func addAbsences(_ router: Router<BasicRequestContext>) {
    router.get("/v1/absences") { _, _ in
      jsonResponse(["absences": .array(try await absences().map { $0.told(at: now, people) }), "now": .string(now.description)])
    }
    router.post("/v1/absences") { request, _ in
      let person = try caller().person
      let body = try JSON.parse(try await request.bytes(upTo: 16 << 10))
      let idempotency = request.headers[.idempotencyKey] ?? ""
      let absence = try Edge.sent { () throws(WireError) in try Absence(body, by: person, now: now, idempotency: idempotency) }
      return try await absent(absence.person, by: person, .say(absence)).response()
    }
    router.delete("/v1/absences/:person/:absence") { _, context in
      let (person, absence) = try Edge.absence(context)
      return try await absent(person, by: try caller().person, .end(absence)).response()
    }
  }

  /// The person and the absence that the path names. - Throws: 404 for what neither looks like.
  static func absence(_ context: BasicRequestContext) throws(Problem) -> (person: String, absence: String) {
    let person = context.parameters.get("person") ?? "", absence = context.parameters.get("absence") ?? ""
    guard People.isName(person), (1...64).contains(absence.utf8.count), People.isName(absence) else {
      throw Problem(.notFound, "away.unknown", "No such absence is known.")
    }
    return (person, absence)
  }

  /// Current ones and those that lie ahead, as the database has them now. - Throws: 503.
  func absences() async throws -> [Absence] {
    try await kept { try await road.store.aside { try AbsenceShelf(store: $0).all() } }.filter { $0.until > now }
  }

  /// What was said counts here at once; in other instances within a second.
  func absent(_ person: String, by: Person, _ command: AbsenceCommand) async throws -> DeskAnswer {
    let answer = try await road.perform(UUID().uuidString.lowercased()) { _ in .absence(person, by: by, command) }
    try await kept { try await decider.absences.refresh(road.store) }
    return answer
  }
}

extension PageRoutes {
  func addAbsences(_ router: Router<BasicRequestContext>) {
    router.get("/away") { _, _ in try await away(try visitor()) }
    router.post("/away") { request, _ in
      let (visitor, form) = try await posted(request)
      // What `datetime-local` sends has neither seconds nor a zone; the page says that it is UTC.
      func moment(_ name: String) -> JSON { .string((form[name] ?? "").utf8.count == 16 ? "\(form[name] ?? ""):00Z" : form[name] ?? "") }
      let body: JSON = [
        "person": .string(form["person"] ?? ""), "from": moment("from"), "until": moment("until"), "to": .string(form["to"] ?? ""),
        "words": .string(form["words"] ?? ""),
      ]
      let absence: Absence
      do throws(WireError) { absence = try Absence(body, by: visitor.person, now: edge.now, idempotency: form["key"] ?? "") } catch {
        return try await away(visitor, refused: DeskAnswer(400, ["code": "body", "detail": .string(error.description)]), form)
      }
      let answer = try await edge.absent(absence.person, by: visitor.person, .say(absence))
      return answer.isRefusal ? try await away(visitor, refused: answer, form) : Layout.redirect("/away")
    }
    router.post("/away/:person/:absence/end") { request, context in
      let (person, absence) = try Edge.absence(context)
      let (visitor, _) = try await posted(request)
      let answer = try await edge.absent(person, by: visitor.person, .end(absence))
      return answer.isRefusal ? try await away(visitor, refused: answer) : Layout.redirect("/away")
    }
  }

  private func away(_ visitor: Visitor, refused: DeskAnswer? = nil, _ form: Form = Form()) async throws -> Response {
    let page = AwayPage(
      person: visitor.person, absences: try await edge.absences(), presence: edge.presence, now: edge.now,
      formToken: sessions.formToken(cookie: visitor.cookie), form: form, formKey: UUID().uuidString.lowercased())
    let html = layout(visitor).page("Away", notice: refused?.detail ?? "", isAlert: refused != nil, page.html)
    return Layout.response(html, status: refused.map { .init(code: $0.status) } ?? .ok)
  }
}
