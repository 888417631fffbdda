import HTTPTypes
import Host
import Hummingbird
import Identity
import JSON
import Wire

/// Seeing one private value: `POST /v1/tasks/{case}/reveal`, and the same from the page, which hides it again after a minute.
struct RevealRoutes: Sendable {
  let pages: PageRoutes
  /// Nil where nobody has told where the vaults answer.
  let vault: VaultDoor?

  func add(to router: Router<BasicRequestContext>) {
    router.post("/v1/tasks/:case/reveal") { request, context in
      let (person, key) = (try pages.edge.person(), try Edge.key(context))
      let body = try JSON.parse(try await request.bytes(upTo: 64 << 10))
      let ask = try Edge.sent { () throws(WireError) in try RevealAsk(body) }
      var response = try await reveal(key, person, ask).response()
      response.headers[.cacheControl] = "no-store"
      return response
    }
    router.post("/tasks/:case/reveal") { request, context in
      let key = try Edge.key(context)
      let (visitor, form) = try await pages.posted(request)
      let ask = try Edge.sent { () throws(WireError) in
        try RevealAsk(["token": .string(form["value"] ?? ""), "code": .string(form["code"] ?? ""), "words": .string(form["words"] ?? "")])
      }
      let answer = try await reveal(key, visitor.person, ask)
      guard !answer.isRefusal else { return try await pages.show(key, visitor, refused: answer) }
      return try await pages.show(key, visitor, revealed: Revealed(key: key, token: ask.token, value: answer.body["value"]?.string ?? ""))
    }
  }

  /// That it was asked for is durable before the value is.
  private func reveal(_ key: String, _ person: Person, _ ask: RevealAsk) async throws -> DeskAnswer {
    let allowed = try await pages.edge.perform(key, person, .reveal(ask))
    guard !allowed.isRefusal, let holder = allowed.body["held_by"]?.string.flatMap(Desk.Holder.init) else { return allowed }
    guard let vault else { return VaultDoor.away }
    let answer = await vault.value(of: ask, in: key, for: person, held: holder)
    guard !answer.isRefusal, let value = answer.body["value"] else { return answer }
    let until = Instant.now.adding(seconds: Double(RevealAsk.seconds))
    return DeskAnswer(200, ["token": .string(ask.token), "value": value, "until": .string(until.description)])
  }
}
