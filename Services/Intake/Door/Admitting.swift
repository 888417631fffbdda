import JSON
import JSONSchema
import Lanes
import Vault
import Wire

extension Door {
  /// Validates an item's data, takes what is private out of it, and makes the case that it will be if it is new.
  func admission(
    _ envelope: Envelope, _ source: Source, _ workflow: Workflow, record: String, _ context: inout Reading
  ) throws(Rejection) -> Admission {
    let given = envelope.data ?? .null
    let marks = try workflow.item.privateMarks(of: given, under: "/data")
    let caseID = context.makeCaseID()
    let canonical = given.canonical
    let content = hashes.content(
      workflow: workflow.name, data: canonical, proposal: envelope.gate?.json?.canonical ?? [])
    var values: [String: String] = [:]
    var personal: JSON = [:]
    var data = given
    var sealed: String?
    if !marks.isEmpty {
      try allow(marks)
      let tokenised = tokeniser.tokenise(given, marks, caseID: caseID)
      (data, values, personal) = (tokenised.data, tokenised.values, tokenised.countsJSON)
    }
    let proposal = try proposal(envelope.gate, workflow, caseID: caseID, &values)
    if !values.isEmpty { sealed = try seal(values, caseID) }
    try allow(bytes: canonical.count + (sealed?.utf8.count ?? 0) + values.count * 48 + (proposal?.canonical.count ?? 0))
    let body = CaseAdmitted(
      workflow: workflow.name, source: source.name, item: envelope.item, ingested: context.now,
      requester: requester(source, data), data: data, personal: personal,
      payloadHash: hex(hashes.payload(envelope.payload)),
      contentHash: hex(content), nearHash: hex(hashes.near(workflow: workflow.name, data: canonical)),
      proposal: proposal,
      sealed: sealed, gate: envelope.gate != nil, screened: workflow.screening(values))
    let claim = ClaimValue(caseID: caseID, content: content).entry(
      key: hashes.claimKey(source: source.name, item: envelope.item), at: context.now.microseconds)
    return Admission(caseID: caseID, body: body, claim: claim, record: record)
  }

  private func requester(_ source: Source, _ data: JSON) -> Requester? {
    guard let (pointer, verified) = source.requester, let id = data.at(pointer: pointer)?.string else { return nil }
    return Requester(id: id, verified: verified)
  }

  /// An agent's own proposal: valid under the workflow's schemas, with tokens for what they mark and for the item's own
  /// private values wherever they stand.
  private func proposal(
    _ gate: GateProposal?, _ workflow: Workflow, caseID: String, _ values: inout [String: String]
  ) throws(Rejection) -> JSON? {
    guard let gate, gate.json != nil else { return nil }
    let output = try tokenised(gate.output, workflow.output, "/output", caseID, &values)
    let action = try tokenised(gate.action, workflow.action, "/action", caseID, &values)
    let known = KnownValues(values)
    return GateProposal(output: output.map(known.hide), action: action.map(known.hide)).json
  }

  private func tokenised(
    _ value: JSON?, _ schema: Schema?, _ pointer: String, _ caseID: String, _ values: inout [String: String]
  ) throws(Rejection) -> JSON? {
    guard let value else { return nil }
    guard let schema else {
      throw Rejection(
        .schemaViolation, at: pointer, keyword: "false", expected: "nothing here: the workflow declares none",
        found: "a value")
    }
    let marks = try schema.privateMarks(of: value, under: pointer)
    try allow(marks)
    let tokenised = tokeniser.tokenise(value, marks, caseID: caseID)
    values.merge(tokenised.values) { first, _ in first }
    return tokenised.data
  }

  private func seal(_ values: [String: String], _ caseID: String) throws(Rejection) -> String {
    do { return try sealer.seal(values, caseID: caseID) } catch {
      throw Rejection(.tooLarge, at: "/data", expected: "values that can be sealed", found: "others")
    }
  }

  private func allow(_ marks: [PrivateMark]) throws(Rejection) {
    guard marks.count <= Door.mostPrivate else {
      throw Rejection(
        .tooLarge, at: "/data", expected: "at most \(Door.mostPrivate) private values", found: "\(marks.count)")
    }
  }

  private func allow(bytes: Int) throws(Rejection) {
    guard bytes <= Door.largest else {
      throw Rejection(
        .tooLarge, at: "/data", expected: "at most \(Door.largest) bytes with its sealed values",
        found: "\(bytes) bytes")
    }
  }
}
