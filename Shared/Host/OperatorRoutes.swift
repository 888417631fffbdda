import Hummingbird
import JSON
import Lanes
import Synchronization
import Wire

/// What every service answers besides its own routes: health, readiness, metrics, and giving up what is lost.
func addOperatorRoutes<D: Decider>(_ router: Router<BasicRequestContext>, _ engine: EngineThread<D>, _ road: Road<D>) {
  router.get("/healthz") { _, _ in
    let age = Instant.now.seconds(since: engine.state.withLock(\.lastTurn))
    // The thread turns at least every 50 ms; one that starts anew says so under /readyz.
    let alive = age < 30 || engine.state.withLock(\.failure) != nil
    return jsonResponse(["alive": .bool(alive)], status: alive ? .ok : .serviceUnavailable)
  }
  router.get("/readyz") { _, _ in
    let state = engine.state.withLock { $0 }
    let ready = (!state.lanes.isEmpty || state.isStandby) && state.stopped.isEmpty && state.failure == nil
    return jsonResponse(
      [
        "ready": .bool(ready), "service": .string(road.config.service.rawValue),
        "lanes": .array(state.lanes.map { .integer(Int64($0)) }), "standby": .bool(state.isStandby),
        "stopped": .object(JSONObject(state.stopped.map { ("\($0.key)", .string($0.value)) })),
        "failure": state.failure.map { .string($0) } ?? .null,
        "outbox_bytes": .integer(state.statistics.outboxBytes), "messages": .integer(Int64(state.statistics.messages)),
      ], status: ready ? .ok : .serviceUnavailable)
  }
  router.get("/metrics") { _, _ in
    publish(engine.state.withLock { $0 }, road.metrics)
    return Response(
      status: .ok, headers: [.contentType: "text/plain; version=0.0.4"],
      body: .init(byteBuffer: .init(string: road.metrics.text)))
  }
  router.post("/v1/operator/accept-loss") { request, _ in
    guard let token = road.config.adminToken, !token.isEmpty, request.bearerToken == token else {
      throw Problem(.forbidden, "forbidden", "An operator's bearer token was expected (ADMIN_TOKEN_FILE).")
    }
    let body = try JSON.parse(try await request.bytes(upTo: 16_384))
    guard let topic = body["topic"]?.string, let partition = body["partition"]?.integer, let from = body["from"]?.integer,
      let to = body["to"]?.integer, let person = body["person"]?.string, !person.isEmpty,
      let reason = body["reason"]?.string, !reason.isEmpty, let partition = Int32(exactly: partition)
    else { throw Problem(.badRequest, "body", "topic, partition, from, to, person and reason were expected.") }
    try await road.mailbox.accept(
      Loss(topic: topic, partition: partition, from: from, to: to, person: person, reason: reason)
    ).value()
    return jsonResponse(["accepted": true])
  }
}

private func publish(_ state: EngineState, _ metrics: Metrics) {
  let statistics = state.statistics
  metrics.count("countersign_batches_total", total: statistics.batches, help: "transactions")
  metrics.count("countersign_messages_total", total: statistics.messages, help: "messages handled")
  metrics.count("countersign_duplicates_total", total: statistics.duplicates, help: "messages dropped as duplicates")
  metrics.count("countersign_records_total", total: statistics.records, help: "records emitted")
  metrics.count("countersign_poison_total", total: statistics.poison, help: "messages that could not be handled")
  metrics.count("countersign_relay_failures_total", total: statistics.relayFailures, help: "producers given up")
  metrics.set("countersign_outbox_bytes", Double(statistics.outboxBytes), help: "committed and not yet delivered")
  metrics.set("countersign_lanes", Double(state.lanes.count), help: "lanes at work in this instance")
  metrics.set("countersign_lanes_stopped", Double(state.stopped.count), help: "lanes that wait for a person")
}
