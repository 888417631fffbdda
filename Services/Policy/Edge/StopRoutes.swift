import HTTPTypes
import Host
import Hummingbird
import Identity
import JSON
import Lanes
import Logging
import Permits
import SignOn
import Storage
import Wire

/// The stop switch over HTTP. Works without the reviewer service: policy knows people and their tokens by itself.
struct StopRoutes: Sendable {
  let road: Road<PolicyDecider>
  let stops: Stops
  let people: LivePeople
  let tokens: AccessTokens
  let groups: [String]
  let shelf: Shelf
  /// Those that policy holds, by which it vouches for people's own.
  let signing: [SigningKey]
  /// The keys under which the desk passes on a person's word to stop.
  let reviewers: AwaitedKeys

  func add(to router: Router<BasicRequestContext>) {
    addKeys(to: router)
    router.get("/v1/stops") { _, _ in jsonResponse(["stops": .array(stops.now.stops.map(\.json))]) }
    router.post("/v1/stops") { request, _ in try await stop(request) }
    router.post("/v1/starts") { request, _ in try await start(request) }
  }

  /// `{workflow, reason}`; workflow `*` is all of them. By the person's own token, or by the desk's word for the person.
  private func stop(_ request: Request) async throws -> Response {
    let word = request.bearerToken.flatMap { token in (try? reviewers.get()).flatMap { try? StopWord.verify(token, keys: $0) } }
    var stopper: Person?
    if word == nil { stopper = try await person(request) }
    let body = try JSON.parse(try await request.bytes(upTo: 16_384))
    if let word { stopper = try StopRoutes.person(of: word, for: body, people.now, groups, at: Instant.now.unixSeconds) }
    guard let person = stopper else { throw Problem(.unauthorized, "unauthorized", "A bearer token was expected.") }
    let reason = try reason(body)
    let workflow = try workflow(body)
    var changed: SwitchChanged?
    _ = try change { switches in
      let next = switches.stopping(workflow, reason: reason, by: person.id, at: .now)
      changed = next?.unsaid.last
      return next
    }
    guard let changed else { throw Problem(.conflict, "stopped", "\(workflow) is stopped already.") }
    road.logger.warning("\(changed.what)")
    return jsonResponse(["what": .string(changed.what)])
  }

  var keys: [VerificationKey] { signing.map(\.verification) }

  /// `{workflow, own, own_key}`, signed by the person's own key; or `{workflow}` with the person's own bearer token, as the operator's command
  /// sends it. The first person's word waits ten minutes for another person's.
  private func start(_ request: Request) async throws -> Response {
    let body = try JSON.parse(try await request.bytes(upTo: 16_384))
    let starter = try await starter(body, request)
    let person = starter.person
    let workflow = try workflow(body)
    let known = people.now
    var found = Switches.Start.notStopped
    _ = try change { switches in
      // A key that was taken out of use in between signs nothing any more.
      guard starter.key.map({ !switches.hasEnded($0) }) ?? true else {
        found = .another
        return nil
      }
      found = switches.starting(workflow, by: person.id, stopped: starter.stopped, at: .now, proof: starter.proof, human: known.human)
      return switch found {
      case .first(let next, _), .started(let next): next
      case .notStopped, .another, .samePerson: nil
      }
    }
    switch found {
    case .notStopped: throw Problem(.conflict, "not_stopped", "\(workflow) is not stopped.")
    case .another:
      throw Problem(.conflict, "stop.another", "What you signed was another stop: look at what is stopped now, and say it again.")
    case .samePerson:
      throw Problem(.forbidden, "four_eyes.same", "You have asked for this; starting again takes two different people.")
    case .first(let next, let until):
      road.logger.warning("\(next.unsaid.last?.what ?? "")")
      return jsonResponse(["started": false, "another_until": .string(until.description)], status: .accepted)
    case .started(let next):
      road.logger.warning("\(next.unsaid.last?.what ?? "")")
      return jsonResponse(["started": true])
    }
  }

  private func starter(_ body: JSON, _ request: Request) async throws -> Starter {
    guard let own = body["own"]?.string, let certificate = body["own_key"]?.string else { return Starter(try await person(request)) }
    let switches = stops.now
    return try Starter(
      own: own, certificate: certificate, workflow: body["workflow"]?.string ?? "", people.now, groups, switches, keys: switches.trusted(signing),
      at: Instant.now.unixSeconds)
  }

  /// Whose word it is, by policy's own people. - Throws: 401 where it is not for this stop or too old; 403 for anybody who may not.
  static func person(of word: StopWord, for body: JSON, _ people: People, _ groups: [String], at seconds: Int64) throws(Problem) -> Person {
    guard word.isFor(body["workflow"]?.string ?? "", body["reason"]?.string ?? "", at: seconds) else {
      throw Problem(.unauthorized, "unauthorized", "The desk's word is for another stop, or older than a minute.")
    }
    guard word.personIssuer == people.issuer, let person = people.person(id: word.person), !Set(person.groups).isDisjoint(with: groups) else {
      throw Problem(.forbidden, "forbidden", "Only \(groups.joined(separator: ", ")) may stop automation.")
    }
    return person
  }

  func reason(_ body: JSON) throws(Problem) -> String {
    guard let reason = body["reason"]?.string, !reason.isEmpty, reason.unicodeScalars.count <= 100 else {
      throw Problem(.badRequest, "body", "A reason of 1 to 100 characters was expected: it is shown with every case.")
    }
    return reason
  }

  func change(_ change: (Switches) -> Switches?) throws -> Switches {
    do { return try stops.change(road.store, change) } catch let error as StoreError where error.kind == .damaged {
      throw Problem(.conflict, "switch.damaged", "\(error.description); everything is stopped until the database is restored.")
    }
  }

  private func workflow(_ body: JSON) throws(Problem) -> String {
    guard let workflow = body["workflow"]?.string, workflow == Stop.everything || shelf.policy(workflow) != nil else {
      throw Problem(
        .badRequest, "workflow.unknown",
        "A workflow was expected: \(shelf.policies.keys.sorted().joined(separator: ", ")), or * for all.")
    }
    return workflow
  }

  func person(_ request: Request) async throws -> Person {
    try await tokens.person(of: request, in: groups, whoMay: "stop automation or start it again")
  }
}
