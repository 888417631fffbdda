import HTTPTypes
import Host
import Hummingbird
import Identity
import JSON
import Lanes
import Permits
import Wire

/// The keys of whoever is signed in: registering the browser's, a page of all, and taking one out of use.
struct OwnKeyRoutes: Sendable {
  let pages: PageRoutes
  /// Nil where no address of policy's is configured.
  let desk: KeyDesk?
  /// Nil in the demo.
  let keeper: SessionKeeper?

  func add(to router: Router<BasicRequestContext>) {
    router.get("/keys") { _, _ in try await page(try pages.visitor()) }
    router.post("/keys") { request, _ in try await register(request) }
    router.post("/keys/end") { request, _ in try await end(request) }
    router.post("/tasks/:case/action") { request, context in try await action(try Edge.key(context), request) }
  }

  private func required() throws(Problem) -> KeyDesk {
    guard let desk else { throw Problem(.notFound, "key.off", "This installation's desk knows no address of policy's (POLICY_URL): keys cannot be registered here.") }
    return desk
  }

  private func register(_ request: Request) async throws -> Response {
    let (visitor, form) = try await pages.posted(request)
    let desk = try required()
    guard let jwk = try? JSON.parse(Array((form["jwk"] ?? "").utf8)), let key = PersonKey(jwk) else {
      throw Problem(.badRequest, "key.form", "A public P-256 key as a JWK was expected.")
    }
    var proof: KeyProof?
    if let keeper {
      proof = try await keeper.shelf.find(SessionShelf.id(ofName: visitor.cookie))?.proof
      guard proof?.key.sameCodePoints(as: key.id) == true else {
        throw Problem(.forbidden, "key.sign_in", "A key belongs to the sign-in that was begun with it. Sign in again to have one.", more: [("sign_in", .string("/sign-in?fresh=1"))])
      }
    }
    return jsonResponse(try await desk.register(jwk, visitor.person, proof: proof), status: .created)
  }

  private func end(_ request: Request) async throws -> Response {
    let (_, form) = try await pages.posted(request)
    let kid = form["kid"] ?? ""
    guard kid.utf8.count == 43, bytes(base64url: kid.utf8) != nil else { throw Problem(.badRequest, "key.form", "The id of a key was expected.") }
    return jsonResponse(try await required().end(kid, ending: form["ending"] ?? "", certificate: form["certificate"] ?? ""))
  }

  /// The action as an edit of this form makes it, in the very bytes whose hash is signed (RFC 8785).
  private func action(_ key: String, _ request: Request) async throws -> Response {
    let (visitor, form) = try await pages.posted(request)
    let seen = try await pages.edge.perform(key, visitor.person, .view)
    guard !seen.isRefusal else { return try seen.response() }
    let view = CaseView(key, seen.body, pages.edge.decider.workflows[seen.body["workflow"]?.string ?? ""])
    guard let action = view.workflow?.action(from: form, for: view.file) else {
      throw Problem(.unprocessableContent, "action.none", "This workflow declares no action that could be edited.")
    }
    return jsonResponse(["canonical": .string(String(decoding: action.canonical, as: UTF8.self))])
  }

  private func page(_ visitor: Visitor) async throws -> Response {
    let told: (keys: [JSON], problem: String)
    do { told = (try await required().keys(of: visitor.person), "") } catch let problem as Problem { told = ([], problem.detail) }
    return Layout.response(pages.layout(visitor).page("Your keys", OwnKeysPage(keys: told.keys, problem: told.problem, formToken: pages.sessions.formToken(cookie: visitor.cookie)).html))
  }
}
