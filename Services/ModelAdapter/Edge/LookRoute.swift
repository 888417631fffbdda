import Host
import HTTPTypes
import Hummingbird
import JSON
import Permits
import Wire

/// `POST /v1/look`: what the sources of a case say now, for the reviewer service, which asks before it takes a decision. Records come without
/// private values, as in case files.
struct LookRoute {
  let looker: Looker
  let workflows: [String: Workflow]
  /// Of the reviewer service.
  let reviewers: PermitKeys
  let now: @Sendable () -> Instant

  static let mostBytes = 1 << 20

  func add(to router: Router<BasicRequestContext>) {
    router.post("/v1/look") { request, _ in
      let bytes = try await request.bytes(upTo: Self.mostBytes)
      let token = request.bearerToken
      let body = try JSON.parse(bytes)
      guard let caseID = body["case"]?.string, let name = body["workflow"]?.string, let data = body["data"], let known = body["sources"]?.object else {
        throw Problem(.badRequest, "body", "Members case, workflow, data and sources were expected.")
      }
      try await LookWord.admit(token, for: caseID, bytes, by: reviewers)
      guard let workflow = workflows[name] else {
        throw Problem(.unprocessableContent, "workflow.unknown", "This service knows no workflow of that name.")
      }
      let moment = now()
      let found = await looker.look(caseID, workflow, data, known: known, now: moment)
      return jsonResponse(["sources": .array(found.map(\.json)), "looked_at": .integer(moment.microseconds)])
    }
  }
}
