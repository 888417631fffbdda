import Host
import Hummingbird
import Identity
import JSON
import Lanes
import Permits
import Wire

extension Edge {
  /// - Throws: 403 `authentication.old` where the sign-in is older than five minutes.
  fileprivate func ask(_ body: JSON, _ visitor: Visitor) throws -> GlassAsk {
    try visitor.demand(authenticatedWithin: GlassGrant.freshSeconds)
    let (strength, moment) = (visitor.strength, visitor.authenticatedAt ?? 0)
    return try Edge.sent { () throws(WireError) in try GlassAsk(body, strength: strength, authenticatedAt: moment) }
  }

  /// Break-glass, for frontends of one's own.
  func addGlass(_ router: Router<BasicRequestContext>) {
    router.post("/v1/tasks/:case/break-glass") { request, context in
      let (visitor, key) = (try caller(), try Edge.key(context))
      let ask = try ask(JSON.parse(try await request.bytes(upTo: 64 << 10)), visitor)
      return try await perform(key, visitor.person, .breakGlass(ask)).response()
    }
  }
}

extension PageRoutes {
  func addGlass(_ router: Router<BasicRequestContext>) {
    router.post("/tasks/:case/break-glass") { request, context in
      let key = try Edge.key(context)
      let (visitor, form) = try await posted(request)
      guard form["confirm"] == "yes" else {
        return try await show(key, visitor, refused: DeskAnswer(422, ["code": "confirm", "detail": "Breaking the glass takes two steps: tick that you answer for it."]), draft: form)
      }
      var body = JSONObject(["reason", "ticket", "own", "own_key"].compactMap { name in form[name].map { (name, .string($0)) } })
      body["minutes"] = form["minutes"].flatMap { Int64($0) }.map { .integer($0) }
      let answer: DeskAnswer
      do { answer = try await edge.perform(key, visitor.person, .breakGlass(try edge.ask(.object(body), visitor))) } catch let problem as Problem {
        answer = DeskAnswer(problem.status.code, ["code": .string(problem.code), "detail": .string(problem.detail)])
      }
      guard !answer.isRefusal else { return try await show(key, visitor, refused: answer, draft: form) }
      return Layout.redirect("/tasks/\(key)")
    }
  }
}
