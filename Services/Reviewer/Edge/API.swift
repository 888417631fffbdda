import Domain
import HTTPTypes
import Host
import Hummingbird
import Identity
import JSON
import Lanes
import Permits
import Wire

extension Edge {
  /// The JSON API, for frontends of one's own (`deploy/docs/api-reviewer.md`).
  func addAPI(_ router: Router<BasicRequestContext>) {
    router.get("/.well-known/jwks.json") { _, _ in jsonResponse(KeySet([decider.signing.verification]).jwks) }
    router.get("/v1/me") { _, _ in jsonResponse(json(try caller())) }
    router.get("/v1/on-call") { _, _ in
      _ = try person()
      return jsonResponse(["on_call": decider.duty.json(at: now), "now": .string(now.description)])
    }
    router.get("/v1/codes") { _, _ in jsonResponse(["codes": .array(DecisionReason.all.map(Edge.json))]) }
    router.get("/v1/queues") { _, _ in
      let groups = try tasks.counts(for: try person())
      return jsonResponse(["queues": .array(groups.map(\.json))])
    }
    router.get("/v1/tasks") { request, _ in
      let query = request.uri.queryParameters
      let state = query["state"].map(String.init) ?? "open"
      guard let kind = TaskList.Kind(rawValue: state) else {
        throw Problem(.badRequest, "state", "The state open, free, skipped, help, asked or waiting was expected, not \(state.prefix(40)).")
      }
      let page = try tasks.page(
        for: try person(), kind, filter: TaskFilter { query[Substring($0)].map(String.init) },
        after: query["after"].map(String.init), limit: query["limit"].flatMap { Int($0) } ?? 50)
      return jsonResponse(["tasks": .array(page.rows.map { $0.json(now: now) }), "next": page.next.map { .string($0) } ?? .null])
    }
    router.get("/v1/tasks/:case") { request, context in
      try await perform(try Edge.key(context), try person(), .view).response(to: request)
    }
    router.get("/v1/tasks/:case/events") { _, context in
      let answer = try await perform(try Edge.key(context), try person(), .view)
      guard !answer.isRefusal else { return try answer.response() }
      return jsonResponse(["events": answer.body["so_far"] ?? []])
    }
    router.post("/v1/tasks/:case/claim") { _, context in try await command(context, .claim) }
    router.post("/v1/tasks/:case/acknowledge") { _, context in try await command(context, .acknowledge) }
    router.post("/v1/tasks/:case/extend") { _, context in try await command(context, .extend) }
    router.post("/v1/tasks/:case/release") { _, context in try await command(context, .release) }
    router.post("/v1/tasks/:case/undo") { _, context in try await command(context, .undo) }
    for (path, command) in Edge.notes {
      router.post("/v1/tasks/:case/\(path)") { request, context in
        let (person, key) = (try person(), try Edge.key(context))
        let body = try JSON.parse(try await request.bytes(upTo: 64 << 10))
        let idempotency = request.headers[.idempotencyKey] ?? ""
        let note = try Edge.sent { () throws(WireError) in
          try Note(body, caseID: key, person: person.full, idempotency: idempotency)
        }
        return try await perform(key, person, command(note)).response()
      }
    }
    router.post("/v1/tasks/:case/decision") { request, context in
      let caller = try caller(), person = caller.person
      let key = try Edge.key(context)
      let body = try JSON.parse(try await request.bytes(upTo: 512 << 10))
      let idempotency = request.headers[.idempotencyKey] ?? ""
      let submission = try Edge.sent { () throws(WireError) in
        try Submission(body, caseID: key, person: person, strength: caller.strength, authenticatedAt: caller.authenticatedAt, idempotency: idempotency)
      }
      return try await decide(key, person, submission).response()
    }
  }

  /// What can be done with a task beside deciding it, by the last part of the path.
  static let notes: [(path: String, command: @Sendable (Note) -> Command)] = [
    ("comments", { .comment($0) }), ("hold", { .hold($0) }), ("hand-over", { .handOver($0) }), ("help", { .help($0) }),
    ("skip", { .skip($0) }), ("questions", { .ask($0) }), ("assign", { .assign($0) }), ("recall", { .takeBack($0) }),
  ]

  private func command(_ context: BasicRequestContext, _ command: Command) async throws -> Response {
    let person = try person()
    return try await perform(try Edge.key(context), person, command).response()
  }

  private func json(_ caller: Visitor) -> JSON {
    let person = caller.person
    return [
      "id": .string(person.id), "name": .string(person.name), "groups": .array(person.groups.map { .string($0) }),
      "issuer": .string(person.issuer), "duty": .bool(decider.duty.isOnDuty(person, at: now)), "email": person.email.map { .string($0) } ?? .null,
      "away": presence.absence(of: person.id)?.told(at: now, people) ?? .null,
      "stands_in_for": .array(presence.standsFor(person.id).map { $0.told(at: now, people) }),
      "strength": .string(caller.strength), "authenticated_at": caller.authenticatedAt.map { .integer($0) } ?? .null,
      "decision_keys": keys.map { .string($0.address) } ?? .null,
    ]
  }

  private static func json(_ reason: DecisionReason) -> JSON {
    [
      "code": .string(reason.code), "title": .string(reason.title), "class": .string(reason.class.rawValue),
      "verbs": .array(reason.verbs.map { .string($0.rawValue) }),
    ]
  }
}

extension HTTPField.Name {
  static let idempotencyKey = Self("Idempotency-Key")!
}
