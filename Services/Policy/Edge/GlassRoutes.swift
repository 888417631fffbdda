import HTTPTypes
import Host
import Hummingbird
import Identity
import JSON
import Lanes
import Logging
import SignOn
import Wire

/// Break-glass over HTTP: which grants somebody still has to look at, whose right is suspended, and how it is given back. Breaking the glass
/// itself goes by the desk.
struct GlassRoutes: Sendable {
  let road: Road<PolicyDecider>
  let known: KnownGlass
  let people: LivePeople
  let tokens: AccessTokens
  /// Groups whose members may give a suspended right back.
  let groups: [String]

  func add(to router: Router<BasicRequestContext>) {
    router.get("/v1/break-glass") { _, _ in
      try fresh()
      return jsonResponse(["people": .array(known.now.map(told))])
    }
    router.post("/v1/break-glass/restore") { request, _ in try await restore(request) }
  }

  private func fresh() throws(Problem) {
    do { try known.refresh(road.store) } catch { throw Problem(.serviceUnavailable, "store", "The database does not answer now.") }
  }

  private func told(_ book: GlassBook) -> JSON {
    [
      "person": .string(book.person), "suspended": .bool(book.isSuspended),
      "grants": .array(
        book.entries.map { entry in
          [
            "grant": .string(entry.grant), "case": .string(entry.caseID), "state": .string(entry.what.rawValue), "at": .string(entry.at.description),
            "due": entry.due.map { .string($0.description) } ?? .null,
          ]
        }),
    ]
  }

  /// `{person, reason}`: by somebody else than whose right it is.
  private func restore(_ request: Request) async throws -> Response {
    let by = try await tokens.person(of: request, in: groups, whoMay: "give a suspended right back")
    let body = try JSON.parse(try await request.bytes(upTo: 16_384))
    guard let person = body["person"]?.string, let reason = body["reason"]?.string, (1...200).contains(reason.unicodeScalars.count) else {
      throw Problem(.badRequest, "body", "person and a reason of 1 to 200 characters were expected.")
    }
    guard people.now.human(person) != people.now.human(by.id) else {
      throw Problem(.forbidden, "four_eyes.same", "Another person than whose right it is gives it back.")
    }
    try fresh()
    guard known.now.contains(where: { $0.person.sameCodePoints(as: person) && $0.isSuspended }) else {
      throw Problem(.conflict, "not_suspended", "The right of \(person.prefix(80)) is not suspended.")
    }
    let noted = GlassNoted(
      .restored, personIssuer: by.issuer, person: person, grant: "", caseID: "", at: road.clock.story, by: by.full, reason: reason)
    _ = try await road.perform("glass/\(person)/\(noted.at.microseconds)") { _ in .glassRestored(noted) }
    try fresh()
    road.logger.warning("\(by.id) gave the right to break the glass back to \(person): \(reason)")
    return jsonResponse(["restored": .string(person)])
  }
}
