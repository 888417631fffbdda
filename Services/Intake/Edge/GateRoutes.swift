import Host
import Hummingbird
import JSON
import Lanes
import Wire

extension Edge {
  /// `POST /v1/gate` {"workflow", "id", "data", "action"?, "output"?} and `GET /v1/gate/{case}`: an agent of others
  /// asks whether it may act, by the same road as every item.
  func addGateRoutes(_ router: Router<BasicRequestContext>) {
    router.post("/v1/gate") { request, _ in
      let source = try source(of: request)
      let body = try await request.bytes(upTo: decider.reader.limit)
      let read = Result { () throws(Rejection) in try gateEnvelope(body[...], source) }
      let answer = try await submit(read, from: source)
      switch answer {
      case .taken(let caseID): return jsonResponse(["id": .string(caseID), "status": "pending"], status: .accepted)
      case .repeated(let caseID): return try gateAnswer(caseID, source)
      default: return try answer.response()
      }
    }
    router.get("/v1/gate/:case") { request, context in
      try gateAnswer(context.parameters.get("case") ?? "", source(of: request))
    }
  }

  private func gateAnswer(_ caseID: String, _ source: Source) throws -> Response {
    // What other sources asked is as unknown as what nobody asked.
    guard let gate = try kept(caseID)?.gate, gate.source == source.name else {
      throw Problem(.notFound, "unknown", "No question of this source, or its outcome is more than a day old.")
    }
    return jsonResponse(gate.answer(caseID: caseID))
  }

  private func gateEnvelope(_ body: ArraySlice<UInt8>, _ source: Source) throws(Rejection) -> Envelope {
    let json: JSON
    do { json = try JSON.parse(body, limits: JSONLimits(bytes: decider.reader.limit, depth: 64)) } catch {
      throw Rejection(error)
    }
    guard case .object(var object) = json else {
      throw Rejection(.schemaViolation, keyword: "type", expected: "an object", found: "another JSON value")
    }
    let proposal = GateProposal(output: object["output"], action: object["action"])
    object["output"] = nil
    object["action"] = nil
    if object["source"] == nil { object["source"] = .string(source.name) }
    var envelope = try MemberReader(object).envelope(payload: body)
    guard envelope.kind == .submitted else {
      throw Rejection(
        .typeUnsupported, at: "/type", keyword: "const", expected: Envelope.Kind.submitted.rawValue,
        found: "another type")
    }
    envelope.gate = proposal
    return envelope
  }
}
