import Bundles
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

/// The lots of held samples over HTTP: how closely each stratum is looked at, and a person's signature after a stop.
struct LotRoutes: Sendable {
  let road: Road<PolicyDecider>
  let tokens: AccessTokens
  /// Groups whose members may sign.
  let groups: [String]

  func add(to router: Router<BasicRequestContext>) {
    router.get("/v1/lots") { _, _ in jsonResponse(["lots": .array(try all().map(\.told))]) }
    router.post("/v1/lots/resume") { request, _ in try await resume(request) }
  }

  /// A lane's view of a stratum; those of all lanes rest on the same samples and differ in when their epochs end.
  private struct Told {
    let lane: Int
    let lot: LaneLots.Lot

    var told: JSON {
      [
        "lane": .integer(Int64(lane)), "workflow": .string(lot.workflow), "stratum": .string(lot.stratum),
        "severity": .string(lot.switching.severity.rawValue), "recent": .array(lot.switching.recent.map { .bool($0) }),
        "rejected": .integer(Int64(lot.switching.rejected)), "samples": .integer(lot.samples), "wrong": .integer(lot.wrong),
      ]
    }
  }

  private func all() throws -> [Told] {
    try road.store.read { transaction in
      try DrawPlace.all(among: road.config.lanes).enumerated().flatMap { lane, place -> [Told] in
        let rows = try transaction.query("SELECT body FROM states WHERE key = ?", [.text(place.key)])
        guard case .blob(let body) = rows.first?.first, let json = try? JSON.parse(body, limits: .stored),
          let draws = (try? PolicyState(json))?.draws
        else { return [] }
        return draws.lots.lots.map { Told(lane: lane, lot: $0) }
      }
    }
  }

  /// `{workflow, stratum, reason}`: it is drawn twice as often from its lanes' next epochs on, and goes alone again.
  private func resume(_ request: Request) async throws -> Response {
    let person = try await tokens.person(of: request, in: groups, whoMay: "sign for a stratum that was stopped")
    let body = try JSON.parse(try await request.bytes(upTo: 16_384))
    guard let workflow = body["workflow"]?.string, let stratum = body["stratum"]?.string,
      let reason = body["reason"]?.string, !reason.isEmpty, reason.unicodeScalars.count <= 200
    else { throw Problem(.badRequest, "body", "workflow, stratum and a reason of 1 to 200 characters were expected.") }
    let isStopped = try all().contains {
      $0.lot.workflow.sameCodePoints(as: workflow) && $0.lot.stratum.sameCodePoints(as: stratum) && $0.lot.switching.severity == .stopped
    }
    guard isStopped else {
      throw Problem(.conflict, "not_stopped", "No lots of \(stratum) in \(workflow) have stopped it; countersign lot list tells.")
    }
    if let refusal = try Freezes(road.store).refusal(workflow) { throw Problem(.conflict, "frozen", "\(refusal).") }
    let resumed = LotsResumed(workflow: workflow, stratum: stratum, by: person.id, reason: reason, at: road.clock.story)
    _ = try await road.perform("lots/\(workflow)/\(stratum)/\(resumed.at.microseconds)") { .resumed(resumed, lanes: $0.lanes) }
    road.logger.warning("\(person.id) signed that \(stratum) of \(workflow) may go on: \(reason)")
    return jsonResponse(["resumed": true])
  }
}
