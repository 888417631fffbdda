import HTTPTypes
import Host
import Hummingbird
import Identity
import JSON
import Lanes
import Storage
import Wire

extension Edge {
  /// A person's own drafts, for frontends of one's own. Nobody else can read them.
  func addDrafts(_ router: Router<BasicRequestContext>) {
    router.get("/v1/tasks/:case/draft") { _, context in
      let (person, key) = (try person(), try Edge.key(context))
      guard let draft = try await kept({ try await drafts.find(of: person.full, for: key) }) else {
        throw Problem(.notFound, "draft.none", "You have no draft for this task.")
      }
      return jsonResponse(draft.json)
    }
    router.put("/v1/tasks/:case/draft") { request, context in
      let (person, key) = (try person(), try Edge.key(context))
      let body = try JSON.parse(try await request.bytes(upTo: Draft.mostBytes))
      let draft = try Edge.sent { () throws(WireError) in try Draft(body, saved: .now) }
      try await kept { try await drafts.keep(draft, of: person.full, for: key) }
      return jsonResponse(["saved_at": .string(draft.saved.description)])
    }
    router.delete("/v1/tasks/:case/draft") { _, context in
      let (person, key) = (try person(), try Edge.key(context))
      try await kept { try await drafts.drop(of: person.full, for: key) }
      return Response(status: .noContent)
    }
  }

  /// - Throws: 503 where the database does not answer.
  func kept<Result>(_ body: () async throws -> Result) async throws -> Result {
    do { return try await body() } catch is StoreError { throw CommandError.unavailable }
  }
}
