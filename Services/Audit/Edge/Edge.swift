import HTTPTypes
import Host
import Hummingbird
import JSON
import Ledger
import Storage
import Wire

/// Audit's answers over HTTP. Everything is read from committed rows and files; but for tests of alerts nothing is changed.
///
/// Who has the operator's token (ADMIN_TOKEN_FILE) sees contents; everybody else sees facts. Intake's token (ENDED_TOKEN_FILE) opens ended cases alone.
struct Edge: Sendable {
  let road: Road<AuditDecider>
  let paths: LedgerPaths
  let checkpointer: Checkpointer
  let witnesses: WitnessClient
  let indexCheck: IndexCheck
  /// What workflows promise, by name.
  let promises: [Promise]
  let standing: StandingLanes
  /// What runbooks' links begin with, up to its slash.
  let runbooks: String
  /// Opens what an ended case was about, one at a time, and nothing else; nil where nobody may.
  let endedToken: String?

  init(
    road: Road<AuditDecider>, paths: LedgerPaths, checkpointer: Checkpointer, witnesses: WitnessClient, promises: [Promise] = [],
    standing: StandingLanes = StandingLanes(), runbooks: String = AuditDecider().runbooks, endedToken: String? = nil
  ) {
    (self.promises, self.standing, self.runbooks, self.endedToken) = (promises, standing, runbooks, endedToken)
    (self.road, self.paths, self.checkpointer, self.witnesses) = (road, paths, checkpointer, witnesses)
    indexCheck = IndexCheck(paths)
  }

  func addRoutes(_ router: Router<BasicRequestContext>) {
    router.get("/v1/cases") { request, _ in try listCases(request) }
    router.get("/v1/cases/{id}") { request, context in
      try tellCase(context.parameters.get("id") ?? "", showsContent: mayReadContent(request))
    }
    router.get("/v1/cases/{id}/ended") { request, context in try tellEnded(context.parameters.get("id") ?? "", request) }
    router.get("/v1/kpis") { request, _ in try kpis(request) }
    router.get("/v1/workflows") { _, _ in try workflows() }
    router.get("/v1/rollout") { request, _ in try rollout(request) }
    router.get("/v1/comparisons") { request, _ in try comparisons(request) }
    router.get("/v1/reports/{kind}") { request, context in try report(context.parameters.get("kind") ?? "", request) }
    router.get("/v1/questions") { _, _ in questions() }
    router.get("/v1/questions/{name}") { request, context in try ask(context.parameters.get("name") ?? "", request) }
    router.get("/v1/export") { request, _ in try export(request) }
    router.get("/v1/completeness") { _, _ in try completeness() }
    router.get("/v1/alarms") { _, _ in try alarms() }
    router.post("/v1/alarms/test") { request, _ in
      guard try mayReadContent(request) else { throw Problem(.forbidden, "forbidden", "The operator's bearer token was expected (ADMIN_TOKEN_FILE).") }
      return try await testAlarm(request)
    }
    router.get("/v1/manifest") { _, _ in manifest() }
    router.get("/v1/security") { request, _ in try security(request) }
    router.get("/v1/ledger") { _, _ in try ledger() }
    router.get("/v1/ledger/status") { _, _ in try ledgerStatus() }
    router.post("/v1/ledger/verifications") { request, _ in
      guard try mayReadContent(request) else { throw Problem(.forbidden, "forbidden", "The operator's bearer token was expected (ADMIN_TOKEN_FILE).") }
      return try await verified(request)
    }
    router.get("/v1/ledger/entries/{position}") { request, context in
      try entry(context.parameters.get("position") ?? "", showsContent: mayReadContent(request))
    }
    router.get("/v1/ledger/entries/{position}/proof") { _, context in try proof(context.parameters.get("position") ?? "") }
    router.get("/v1/cases/{id}/packet") { request, context in
      try packet(context.parameters.get("id") ?? "", showsContent: mayReadContent(request))
    }
    router.post("/v1/ledger/index-check") { request, _ in
      guard try mayReadContent(request) else { throw Problem(.forbidden, "forbidden", "The operator's bearer token was expected (ADMIN_TOKEN_FILE).") }
      indexCheck.begin(road.store)
      return jsonResponse(indexCheck.json, status: .accepted)
    }
    router.get("/v1/ledger/index-check") { _, _ in jsonResponse(indexCheck.json) }
    router.get("/v1/ledger/consistency") { request, _ in try consistency(request) }
    router.get("/ledger/checkpoint") { _, _ in try checkpoint() }
    router.get("/ledger/keys") { _, _ in try keyChanges() }
    router.get("/ledger/checkpoints") { request, _ in try checkpointHistory(request) }
    router.get("/ledger/tile/**") { _, context in
      try tile("tile/" + context.parameters.getCatchAll().joined(separator: "/"))
    }
  }

  /// - Throws: 403 for a token that is none.
  private func mayReadContent(_ request: Request) throws -> Bool {
    guard request.bearerToken != nil else { return false }
    guard request.bears(road.config.adminToken) else {
      throw Problem(.forbidden, "forbidden", "The operator's bearer token was expected (ADMIN_TOKEN_FILE), or none.")
    }
    return true
  }
}

extension Request {
  /// Whether its bearer token is this one; never where there is none. Hashes are compared, so that time tells nothing of the token.
  func bears(_ token: String?) -> Bool {
    guard let given = bearerToken, let token, !token.isEmpty else { return false }
    return sha256(Array(given.utf8)) == sha256(Array(token.utf8))
  }

  /// A query parameter; nil where it is missing or empty.
  func parameter(_ name: String) -> String? {
    uri.queryParameters[Substring(name)].map(String.init).flatMap { $0.isEmpty ? nil : $0 }
  }

  /// - Throws: 400 for anything but a whole number in range.
  func number(_ name: String, default fallback: Int64?, in range: ClosedRange<Int64>) throws -> Int64 {
    guard let text = parameter(name) else {
      guard let fallback else { throw Problem(.badRequest, "parameter", "Parameter \(name) was expected.") }
      return fallback
    }
    guard let value = Int64(text), range.contains(value) else {
      throw Problem(
        .badRequest, "parameter", "Parameter \(name): a whole number from \(range.lowerBound) to \(range.upperBound) was expected.")
    }
    return value
  }
}
