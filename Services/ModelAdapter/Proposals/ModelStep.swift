import Bundles
import Domain
import JSON
import Lanes
import Vault
import Wire

/// One decision about one request.
struct ModelStep {
  let decider: ModelDecider
  let key: String
  let state: OpenRequest?
  let now: Instant

  /// Evidence of one request in bytes at most, so that it fits into a record.
  static let mostEvidence = 500_000

  /// A proposal is wanted: asks the sources, or proposes at once where there is nothing to ask.
  func take(_ request: ModelRequested) throws -> [ModelOutput] {
    if let open = state?.request, open.round >= request.round { return [] }
    let patience = ModelDecider.patienceSeconds * Double(decider.clockScale)
    var open = OpenRequest(request, until: now.adding(seconds: patience), sealed: state?.sealed)
    guard let workflow = decider.workflows[request.workflow] else {
      let reason = "workflow \(request.workflow.prefix(80)) is not known to model-adapter"
      return [fail(open, .modelFailed, reason)]
    }
    for source in workflow.sources {
      if let local = source.local(request.data, workflow) {
        try add(local, of: source, to: &open)
      } else {
        open.owed.append(Workflow.callID(source))
      }
    }
    guard open.owed.isEmpty else { return [try wait(open, opening: true)] }
    return try conclude(open, workflow, opening: true)
  }

  /// A call has ended: notes what it gave, and proposes once all is there.
  func settle(_ call: String, _ result: AdapterResult?) throws -> [ModelOutput] {
    guard var open = state, let request = open.request, open.owed.contains(call) else { return [] }
    guard let workflow = decider.workflows[request.workflow] else {
      return [fail(open, .modelFailed, "workflow \(request.workflow.prefix(80)) is not known to model-adapter any more")]
    }
    open.owed.removeAll { $0 == call }
    if call == AdapterCall.model {
      guard case .model(let answer)? = result else { return [fail(open, .modelUnavailable, "the model was not asked")] }
      return [finish(open, workflow, answer)]
    }
    if let source = workflow.sources.first(where: { Workflow.callID($0) == call }) {
      var fetched = Fetched(outcome: .failed("it was not asked"))
      if case .source(let given)? = result { fetched = given }
      try add(fetched, of: source, to: &open)
    }
    guard open.owed.isEmpty else { return [try wait(open, news: [call])] }
    return try conclude(open, workflow, opening: false, news: [call])
  }

  func fire(_ timer: String) -> [ModelOutput] {
    guard let open = state else { return [] }
    if open.request == nil { return [.emit(.pending(key, ProposalPending(request: .null, calls: [], results: [:]), request: nil))] }
    return [fail(open, .modelUnavailable, "\(open.owed.joined(separator: ", ")) did not answer in time")]
  }

  private func add(_ fetched: Fetched, of source: Source, to open: inout OpenRequest) throws {
    var fetched = fetched, json = fetched.json(source, now: now)
    let size = json.canonical.count + JSON.object(open.results).canonical.count
    if size > ModelStep.mostEvidence {
      fetched = Fetched(outcome: .failed("it gave more than a case file can hold"))
      json = fetched.json(source, now: now)
    }
    open.results[Workflow.callID(source)] = json
    guard !fetched.values.isEmpty else { return }
    var values = try open.sealed.map { try decider.sealer.open($0, caseID: key) } ?? [:]
    values.merge(fetched.values) { first, _ in first }
    open.sealed = try decider.sealer.seal(values, caseID: key)
  }

  /// Goes on waiting. - Parameter news: the calls whose results no record holds yet; all of them when `opening`.
  private func wait(_ open: OpenRequest, opening: Bool = false, news: [String] = []) throws -> ModelOutput {
    let results = opening
      ? open.results
      : JSONObject(news.compactMap { call in open.results[call].map { (call, $0) } })
    let request = opening ? open.request : nil
    let body = ProposalPending(
      request: try request.map(ModelStep.json) ?? .null, calls: open.owed, results: .object(results),
      sealed: open.sealed, until: opening ? open.until : nil)
    return .emit(.pending(key, body, request: request))
  }

  private static func json(_ request: ModelRequested) throws -> JSON {
    var writer = JSONWriter()
    request.write(&writer)
    return try JSON.parse(writer.finish(), limits: .stored)
  }

  /// All evidence is there.
  private func conclude(
    _ open: OpenRequest, _ workflow: Workflow, opening: Bool, news: [String] = []
  ) throws -> [ModelOutput] {
    guard let request = open.request else { return [] }
    if let proposal = request.proposal { return [finish(open, workflow, workflow.check(producers: proposal, request.data))] }
    if let answer = decider.provider.answer(Question(request, workflow, open.results, now: now)) {
      return [finish(open, workflow, answer)]
    }
    var asking = open
    asking.owed = [AdapterCall.model]
    return [try wait(asking, opening: opening, news: news)]
  }

  private func finish(
    _ open: OpenRequest, _ workflow: Workflow, _ answer: Result<Answer, ModelFailure>
  ) -> ModelOutput {
    switch answer {
    case .failure(let failure): return fail(open, failure.code, failure.reason)
    case .success(let answer):
      guard let request = open.request else { return fail(open, .modelFailed, "there is no request") }
      let evidence = CollectedEvidence(workflow, open.results)
      let body = ProposalMade(
        workflow: request.workflow, round: request.round, payloadHash: request.payloadHash, model: answer.model,
        modelVersion: answer.modelVersion, promptVersion: answer.promptVersion, calibration: answer.calibration,
        output: answer.output, action: answer.action, probability: answer.probability, rawScore: answer.rawScore,
        scoreKind: answer.scoreKind, retrieval: answer.retrieval ?? evidence.quality(now: now), parts: answer.parts,
        sources: evidence.sources, current: evidence.current, pre: evidence.pre, salt: evidence.salt,
        findings: .array(evidence.findings + evidence.without(known: answer.findings)), sealed: open.sealed,
        keep: open.sealed == nil ? nil : open.keep, screened: screening(open, workflow))
      return .emit(.made(key, body))
    }
  }

  /// What the evidence's private values hold of what is prohibited. Values that cannot be opened are named unjudged.
  private func screening(_ open: OpenRequest, _ workflow: Workflow) -> Screening? {
    open.sealed.map { sealed in
      guard let values = try? decider.sealer.open(sealed, caseID: key) else { return Screening(bundle: "", held: [:]) }
      return workflow.screening(values)
    }
  }

  private func fail(_ open: OpenRequest, _ code: ReasonCode, _ reason: String) -> ModelOutput {
    let workflow = open.request?.workflow ?? ""
    let evidence = decider.workflows[workflow].map { CollectedEvidence($0, open.results) }
    let body = ProposalFailed(
      round: open.request?.round ?? 0, code: code.rawValue, reason: reason, current: evidence?.current,
      sources: evidence?.sources ?? [], pre: evidence?.pre, salt: evidence?.salt, sealed: open.sealed,
      keep: open.sealed == nil ? nil : open.keep)
    return .emit(.failed(key, body, workflow: workflow))
  }
}
