import Foundation
import HTTPTypes
import Host
import Hummingbird
import JSON
import Lanes
import Permits
import Storage
import Wire

/// The JSON API, for frontends of others (`deploy/docs/api-reviewer.md`). Every rule is in the step; this is only its door.
struct Api: Sendable {
  let road: Road<ReviewerDecider>
  let people: People
  let decider: ReviewerDecider

  func add(to router: Router<BasicRequestContext>) {
    router.get("/.well-known/jwks.json") { _, _ in jsonResponse(KeySet([decider.signing.verification]).jwks) }
    router.get("/v1/me") { request, _ in
      let person = try person(request)
      return jsonResponse(["id": .string(person.id), "name": .string(person.name), "groups": .array(person.groups.map { .string($0) })])
    }
    router.get("/v1/queues") { request, _ in jsonResponse(["queues": .array(try queues(try person(request)))]) }
    router.get("/v1/tasks") { request, _ in
      let person = try person(request)
      let after = request.uri.queryParameters["after"].map(String.init) ?? ""
      let limit = min(max(Int(request.uri.queryParameters["limit"] ?? "50") ?? 50, 1), 200)
      let tasks = try tasks(person, after: after, limit: limit)
      return jsonResponse(
        ["tasks": .array(tasks.map { Api.summary($0.0, $0.1) }), "next": tasks.count == limit ? .string(tasks.last!.0) : .null])
    }
    router.get("/v1/tasks/{case}") { request, context in
      let (key, task) = try task(context, try person(request))
      return jsonResponse(Api.file(key, task))
    }
    router.post("/v1/tasks/{case}/claim") { request, context in
      let person = try person(request)
      return try await command(context) { .claim($0, person) }
    }
    router.post("/v1/tasks/{case}/release") { request, context in
      let person = try person(request)
      return try await command(context) { .release($0, person) }
    }
    router.post("/v1/tasks/{case}/undo") { request, context in
      let person = try person(request)
      return try await command(context) { .undo($0, person) }
    }
    router.post("/v1/tasks/{case}/decision") { request, context in
      let person = try person(request)
      let key = try Api.key(context)
      let idempotency = request.headers[HTTPField.Name("Idempotency-Key")!] ?? ""
      let submission = try Api.submission(
        JSON.parse(try await request.bytes(upTo: 512 << 10)), key: key, person: person, idempotency: idempotency)
      return try await command(context) { .decide($0, person, submission) }
    }
  }

  func person(_ request: Request) throws -> Person {
    guard let token = request.bearerToken, let person = people.person(token: token) else {
      throw Problem(.unauthorized, "unauthorized", "The bearer token of a known person was expected.")
    }
    return person
  }

  static func key(_ context: BasicRequestContext) throws -> String {
    let key = context.parameters.get("case") ?? ""
    guard key.utf8.count == 36 else { throw Problem(.notFound, "task.unknown", "No such task is open.") }
    return key
  }

  /// A submission's id is made of who sends what under which key, so that sending it again is the same decision.
  static func submission(_ body: JSON, key: String, person: Person, idempotency: String) throws -> Submission {
    guard let version = body["version"]?.integer, let view = body["view"]?.string,
      let verb = body["verb"]?.string.flatMap(Approval.Verb.init(rawValue:))
    else {
      throw Problem(.badRequest, "body", "version, view and verb (approve, edit, reject or escalate) were expected.")
    }
    let text = "\(key)\n\(version)\n\(person.full)\n\(idempotency.isEmpty ? body.text : idempotency)"
    return Submission(
      id: hex(sha256(text.utf8).prefix(16)), version: version, view: view, fence: body["fence"]?.integer, verb: verb,
      code: String((body["code"]?.string ?? "").prefix(80)), words: body["words"]?.string ?? "",
      action: body["action"].flatMap { $0.isNull ? nil : $0 })
  }

  func perform(_ key: String, _ make: @escaping @Sendable (String) -> ReviewerEvent) async throws -> DeskAnswer {
    try await road.perform(UUID().uuidString) { _ in make(key) }
  }

  private func command(
    _ context: BasicRequestContext, _ make: @escaping @Sendable (String) -> ReviewerEvent
  ) async throws -> Response {
    let answer = try await perform(try Api.key(context), make)
    guard answer.status < 400 else {
      let more = (answer.body.object?.members ?? []).filter { $0.key != "code" && $0.key != "detail" }.map { ($0.key, $0.value) }
      throw Problem(
        .init(code: answer.status), answer.body["code"]?.string ?? "", answer.body["detail"]?.string ?? "", more: more)
    }
    return jsonResponse(answer.body, status: .init(code: answer.status))
  }

  func task(_ context: BasicRequestContext, _ person: Person) throws -> (String, ReviewTask) {
    let key = try Api.key(context)
    let rows = try road.store.read { try $0.query("SELECT body FROM states WHERE key = ?", [.text(key)]) }
    guard case .blob(let body)? = rows.first?.first else { throw Problem(.notFound, "task.unknown", "No such task is open.") }
    let task = try ReviewTask(JSON.parse(body, limits: .stored))
    guard !Set(person.groups).isDisjoint(with: Desk.groups(task)) else {
      throw Problem(.forbidden, "task.forbidden", "None of your groups is asked.")
    }
    return (key, task)
  }

  /// Open tasks of the person's groups, the oldest first.
  func tasks(_ person: Person, after: String, limit: Int) throws -> [(String, ReviewTask)] {
    let all = person.groups.contains("duty-officers")
    let marks = person.groups.map { _ in "?" }.joined(separator: ",")
    let filter = all || person.groups.isEmpty ? "" : "AND grp IN (\(marks))"
    let arguments: [Value] = [.text(after)] + (filter.isEmpty ? [] : person.groups.map { .text($0) }) + [.integer(Int64(limit))]
    let rows = try road.store.read {
      try $0.query("SELECT key, body FROM states WHERE key > ? \(filter) ORDER BY key LIMIT ?", arguments)
    }
    return try rows.compactMap { row in
      guard case .text(let key) = row[0], case .blob(let body) = row[1] else { return nil }
      return (key, try ReviewTask(JSON.parse(body, limits: .stored)))
    }
  }

  private func queues(_ person: Person) throws -> [JSON] {
    let rows = try road.store.read {
      try $0.query("SELECT grp, count(*), min(opened) FROM states GROUP BY grp ORDER BY grp", [])
    }
    return rows.compactMap { row in
      guard case .text(let group) = row[0], case .integer(let count) = row[1], case .integer(let oldest) = row[2],
        person.groups.contains(group) || person.groups.contains("duty-officers")
      else { return nil }
      return ["group": .string(group), "open": .integer(count), "oldest": .string(Instant(microseconds: oldest).description)]
    }
  }

  static func summary(_ key: String, _ task: ReviewTask) -> JSON {
    [
      "case": .string(key), "workflow": task.request["workflow"] ?? .null, "route": task.request["route"] ?? .null,
      "risk": task.request["risk"] ?? .null, "group": .string(task.group), "opened": .string(task.opened.description),
      "version": .integer(task.version), "holder": task.claim.map { .string($0.person) } ?? .null,
      "because": task.request["matches"]?.array?.first?["because"] ?? .null,
    ]
  }

  static func file(_ key: String, _ task: ReviewTask) -> JSON {
    [
      "case": .string(key), "version": .integer(task.version), "view": .string(Desk.view(task.request)), "file": task.request,
      "opened": .string(task.opened.description), "group": .string(task.group),
      "next_rung": task.nextRung.map { .string($0.description) } ?? .null,
      "claim": task.claim.map { ["person": .string($0.person), "until": .string($0.until.description)] } ?? .null,
      "decisions": .array(task.given.map { ["person": .string($0.person), "verb": .string($0.verb)] }),
    ]
  }
}
