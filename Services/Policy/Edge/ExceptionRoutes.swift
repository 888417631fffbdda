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
import Workflows

/// Exceptions over HTTP. Anybody known may hand a list over: what counts is who has signed it.
struct ExceptionRoutes: Sendable {
  let road: Road<PolicyDecider>
  let told: ExceptionsTold
  let people: LivePeople
  let tokens: AccessTokens
  let groups: [String]
  let keys: ExceptionKeys

  func add(to router: Router<BasicRequestContext>) {
    router.get("/v1/exceptions") { _, _ in jsonResponse(try told.all(road)) }
    router.post("/v1/exceptions") { request, _ in try await put(request) }
  }

  /// `{list, signatures}`. Answered once it is in force in this instance; the others follow within a second.
  private func put(_ request: Request) async throws -> Response {
    let person = try await tokens.bearer(of: request).person
    let body = try JSON.parse(try await request.bytes(upTo: 262_144))
    guard let list = body["list"], list.object != nil, let signatures = body["signatures"]?.array?.compactMap(\.string) else {
      throw Problem(.badRequest, "body", "The members list and signatures were expected; countersign exception sign makes them.")
    }
    let last = try told.told(road.store)
    let freezes = try Freezes(road.store)
    var mistakes: [String] = []
    let after = try change { switches in
      let put = ExceptionPut(
        bundles: told.shelf.policies.mapValues(\.bundle), keys: keys, people: people.now, groups: groups,
        known: switches.exceptions, told: last, now: road.clock.story, freezes: freezes)
      do throws(ExceptionPut.Refused) {
        let (signed, signers) = try put.checked(list, signatures, by: person.id)
        mistakes = []
        return switches.putting(signed, signers: signers)
      } catch {
        mistakes = error.mistakes
        return switches.refusingExceptions(because: mistakes.joined(separator: "; "), by: person.id, at: .now)
      }
    }
    guard mistakes.isEmpty else {
      road.logger.warning("a list of exceptions that \(person.id) put was refused: \(mistakes.joined(separator: "; "))")
      throw Problem(
        .unprocessableContent, "exceptions", mistakes.joined(separator: "\n"),
        more: [("mistakes", .array(mistakes.map { .string($0) }))])
    }
    road.logger.warning("\(after.unsaid.last?.what ?? "exceptions were put in force")")
    return jsonResponse(try told.all(road))
  }

  private func change(_ change: (Switches) -> Switches?) throws -> Switches {
    do { return try told.stops.change(road.store, change) } catch let error as StoreError where error.kind == .damaged {
      throw Problem(.conflict, "switch.damaged", "\(error.description); nothing is put in force until the database is restored.")
    }
  }
}
