import Domain
import HTTPTypes
import Host
import Hummingbird
import Identity
import JSON
import Lanes
import Logging
import SignOn
import Storage
import Wire

/// Legal holds and retention over HTTP. Holds are placed and ended by named people with tokens of their own; the operator's token places none.
struct KeepingRoutes: Sendable {
  let road: Road<AuditDecider>
  let sweeper: Sweeper
  /// Nil where no file of people is set: then nobody can place a hold.
  let people: KnownPeople?
  let tokens: AccessTokens?
  /// Groups whose members may place and end holds.
  let groups: [String]

  static let mostReason = 500

  func add(to router: Router<BasicRequestContext>) {
    router.get("/v1/retention") { _, _ in try retention() }
    router.get("/v1/holds") { request, _ in try await holds(request) }
    router.post("/v1/holds") { request, _ in try await place(request) }
    router.post("/v1/holds/{hold}/release") { request, context in try await release(context.parameters.get("hold") ?? "", request) }
  }

  /// Who asks, of those who may. - Throws: 401, 403; 503 where nobody can be known.
  private func person(_ request: Request) async throws -> Person {
    guard let tokens, let people else {
      throw Problem(.serviceUnavailable, "holds.nobody", "Audit knows no people (PEOPLE, TOKENS_FILE or IDENTITY): holds are placed by named people.")
    }
    people.refresh(road.logger)
    let person = try await tokens.bearer(of: request).person
    guard !Set(person.groups).isDisjoint(with: groups) else {
      throw Problem(.forbidden, "forbidden", "Only \(groups.joined(separator: ", ")) may place and end holds.")
    }
    return person
  }

  /// Whether who asks may read the reasons of holds. - Throws: 401, 403 for a token that is none.
  private func mayReadReasons(_ request: Request) async throws -> Bool {
    guard request.bearerToken != nil else { return false }
    if request.bears(road.config.adminToken) { return true }
    _ = try await person(request)
    return true
  }

  /// `GET /v1/holds?all`: those that stand; with `all=1` also those that ended. Reasons only for who may place holds, and for the operator.
  private func holds(_ request: Request) async throws -> Response {
    let showsReason = try await mayReadReasons(request)
    let showsEnded = try request.number("all", default: 0, in: 0...1) == 1
    let (standing, history) = try road.store.read { transaction in
      (
        try Self.standing(transaction),
        showsEnded ? try transaction.query("SELECT hold, position, at, act, scope, value, person, reason FROM holds ORDER BY at, position LIMIT 10000", []) : []
      )
    }
    var answer = standing.sorted { ($0.placed.at, $0.placed.hold) < ($1.placed.at, $1.placed.hold) }.map { hold -> JSON in
      var object = Self.head(hold.placed.hold, hold.placed.scope.rawValue, hold.placed.value)
      object["placed"] = said(hold.placed.person, hold.placed.at.microseconds, hold.placed.reason, showsReason)
      object["asked"] = hold.asked.map { said($0.person, $0.at.microseconds, $0.reason, showsReason) } ?? .null
      object["released"] = .null
      return .object(object)
    }
    var ended: [String: JSONObject] = [:]
    for row in history {
      let id = try row[0].text()
      guard !standing.contains(where: { $0.placed.hold == id }) else { continue }
      let (scope, value) = (try row[4].text(), try row[5].text())
      var object = ended[id] ?? Self.head(id, scope, value)
      let act = try row[3].text()
      let name = ["placed": "placed", "release_asked": "asked", "released": "released"][act] ?? "said"
      object[name] = said(try row[6].text(), try row[2].integer(), try row[7].text(), showsReason)
      ended[id] = object
    }
    answer += ended.sorted { precedes($0.key, $1.key) }.map { .object($0.value) }
    return jsonResponse(["holds": .array(answer)])
  }

  private static func head(_ hold: String, _ scope: String, _ value: String) -> JSONObject {
    JSONObject([("hold", .string(hold)), ("scope", .string(scope)), ("value", .string(value))])
  }

  private func said(_ person: String, _ at: Int64, _ reason: String, _ showsReason: Bool) -> JSON {
    var object = JSONObject([("by", .string(person)), ("at", .string(Instant(microseconds: at).description))])
    if showsReason { object["reason"] = .string(reason) }
    return .object(object)
  }

  static func standing(_ transaction: any StoreTransaction) throws -> [Holds.Hold] {
    try transaction.states(under: HoldChanged.prefix).flatMap { try AuditState(JSON.parse($0.body, limits: .stored)).holds?.all ?? [] }
  }

  /// `{case | person | workflow, reason}`: 201 with the hold's name. From then on nothing that it covers is destroyed.
  private func place(_ request: Request) async throws -> Response {
    let person = try await person(request)
    let body = try JSON.parse(try await request.bytes(upTo: 16_384))
    let named = HoldScope.allCases.filter { body[$0.rawValue] != nil }
    guard named.count == 1, let value = body[named[0].rawValue]?.string, (1...300).contains(value.utf8.count), !value.utf8.contains(0) else {
      throw Problem(.badRequest, "body", "One of case, person and workflow was expected, and a reason.")
    }
    let reason = try reason(body)
    try check(named[0], value)
    let id = "H-" + hex((0..<6).map { _ in UInt8.random(in: 0...255) })
    let change = HoldChanged(
      hold: id, act: .placed, scope: named[0], value: value, person: person.full, human: people?.live.now.human(person.id) ?? person.id, reason: reason,
      at: road.clock.story)
    guard case .hold(let answer) = try await road.perform("hold/\(id)", { _ in .hold(change) }) else { throw CommandError.unknown }
    guard case .placed(let isLate) = answer else {
      throw Problem(.conflict, "holds.many", "\(Holds.most) holds stand on it already.")
    }
    road.logger.warning("\(person.id) placed the hold \(id) on \(named[0].rawValue) \(value)")
    return jsonResponse(["hold": .string(id), "scope": .string(named[0].rawValue), "value": .string(value), "late": .bool(isLate)], status: .created)
  }

  /// `{reason}`: the first person's word waits a day for another person's (202); with the second it ends (200).
  private func release(_ id: String, _ request: Request) async throws -> Response {
    let person = try await person(request)
    let body = try JSON.parse(try await request.bytes(upTo: 16_384))
    let reason = try reason(body)
    let found = try road.store.read { try Self.standing($0) }.first { $0.placed.hold == id }
    guard let placed = found?.placed else { throw Problem(.notFound, "hold.unknown", "No hold of that name stands; countersign audit hold list tells which do.") }
    let change = HoldChanged(
      hold: id, act: .releaseAsked, scope: placed.scope, value: placed.value, person: person.full, human: people?.live.now.human(person.id) ?? person.id,
      reason: reason, at: road.clock.story)
    let command = "release/\(id)/\(person.id)/\(change.at.microseconds)"
    guard case .hold(let answer) = try await road.perform(command, { _ in .hold(change) }) else { throw CommandError.unknown }
    switch answer {
    case .another(let until):
      road.logger.warning("\(person.id) asks for the end of the hold \(id)")
      return jsonResponse(["released": false, "another_until": .string(until.description)], status: .accepted)
    case .released:
      road.logger.warning("\(person.id) ended the hold \(id)")
      return jsonResponse(["released": true])
    case .samePerson: throw Problem(.forbidden, "four_eyes.same", "You have asked for its end; another person has to say so, too.")
    default: throw Problem(.notFound, "hold.unknown", "That hold has ended meanwhile.")
    }
  }

  private func reason(_ body: JSON) throws -> String {
    guard let reason = body["reason"]?.string, (1...Self.mostReason).contains(reason.unicodeScalars.count), !reason.utf8.contains(0) else {
      throw Problem(.badRequest, "body", "A reason of 1 to \(Self.mostReason) characters was expected.")
    }
    return reason
  }

  /// A hold that covers nothing, for a slip of the pen, would be worse than none. - Throws: 404.
  private func check(_ scope: HoldScope, _ value: String) throws {
    let isKnown = try road.store.read { transaction in
      switch scope {
      case .case: isCaseID(value) ? try transaction.load(Tables.cases, [[.text(value)]])[0] != nil : false
      case .workflow: try !transaction.query("SELECT 1 FROM labels WHERE label = ? LIMIT 1", [.text("workflow=\(value)")]).isEmpty
      case .person: try !transaction.query("SELECT 1 FROM touched WHERE person = ? LIMIT 1", [.text(value)]).isEmpty
      }
    }
    let isNamed = scope == .workflow && sweeper.sweep.retention.workflows[value] != nil
      || scope == .person && people?.live.now.all.contains { $0.full.utf8.elementsEqual(value.utf8) } == true
    guard isKnown || isNamed else {
      throw Problem(.notFound, "\(scope.rawValue).unknown", "Audit knows no \(scope.rawValue) \(value)\(scope == .person ? "; people are named ISSUER SUBJECT" : "").")
    }
  }

  /// `GET /v1/retention`: what is declared, how far the sweep is, what is gone.
  private func retention() throws -> Response {
    let file = sweeper.sweep.retention
    let status = sweeper.status
    let (cases, contents, bytes, holds) = try road.store.read { transaction in
      let sums = try transaction.query("SELECT COUNT(DISTINCT case_id), CAST(COALESCE(SUM(contents), 0) AS bigint), CAST(COALESCE(SUM(bytes), 0) AS bigint) FROM erased", [])[0]
      return (try sums[0].integer(), try sums[1].integer(), try sums[2].integer(), try Self.standing(transaction).count)
    }
    let classes: [JSON] = file.classes.values.sorted { precedes($0.name, $1.name) }.map { one in
      [
        "class": .string(one.name), "days": .integer(one.days),
        "parts": .object(JSONObject(ContentPart.allCases.map { ($0.rawValue, .integer(one.days($0))) })),
        "workflows": .array(file.workflows.filter { $0.value == one.name }.keys.sorted(by: precedes).map { .string($0) }),
      ]
    }
    return jsonResponse([
      "declared": file.classes.isEmpty ? .null : .string(file.digest), "minimum_days": .integer(file.minimum), "notice_hours": .integer(file.notice), "classes": .array(classes),
      "others": file.others.map { .string($0) } ?? .null, "holds": .integer(Int64(holds)),
      "erased": ["cases": .integer(cases), "contents": .integer(contents), "bytes": .integer(bytes)],
      "sweep": [
        "last": status.last.map { .string($0.description) } ?? .null, "cases": .integer(Int64(status.looked)), "held": .integer(Int64(status.held)),
        "begun": .integer(Int64(status.begun)), "waiting": .integer(Int64(status.waiting)), "failure": status.failure.map { .string($0) } ?? .null,
      ],
    ])
  }
}
