import Host
import Hummingbird
import Identity
import JSON
import Lanes
import Logging
import Permits
import Wire

/// What holds for all cases: the stop switch, as pages and as calls, and the page of exceptions. Policy decides all of it.
struct GovernanceRoutes: Sendable {
  let pages: PageRoutes
  /// Nil where nobody has told where policy answers.
  let policy: PolicyDoor?

  static let everything = "*"
  static let mostReason = 100

  func add(to router: Router<BasicRequestContext>) {
    router.get("/stops") { _, _ in try await stops(try pages.visitor()) }
    router.post("/stops") { request, _ in
      let (visitor, form) = try await pages.posted(request)
      return try await passed(await stop(visitor.person, form["workflow"], form["reason"]), "/v1/stops", visitor, form)
    }
    router.post("/starts") { request, _ in
      let (visitor, form) = try await pages.posted(request)
      return try await passed(await start(form["workflow"], form["own"], form["own_key"]), "/v1/starts", visitor, form)
    }
    router.get("/v1/stops") { _, _ in
      guard let told = await policy?.get("/v1/stops") else { return try (policy == nil ? Self.untold : PolicyDoor.away).response() }
      return jsonResponse(told)
    }
    router.post("/v1/stops") { request, _ in
      let (person, body) = (try pages.edge.person(), try JSON.parse(try await request.bytes(upTo: 16_384)))
      return try await stop(person, body["workflow"]?.string, body["reason"]?.string).response()
    }
    router.post("/v1/starts") { request, _ in
      let body = try JSON.parse(try await request.bytes(upTo: 16_384))
      return try await start(body["workflow"]?.string, body["own"]?.string, body["own_key"]?.string).response()
    }
    router.get("/exceptions") { _, _ in
      let visitor = try pages.visitor()
      let page = ExceptionsPage(told: await policy?.get("/v1/exceptions"), people: pages.edge.people, now: pages.edge.now)
      return Layout.response(pages.layout(visitor).page("Exceptions", page.html))
    }
  }

  /// The desk's word for the person; policy looks at its own people for whether it counts.
  private func stop(_ person: Person, _ workflow: String?, _ reason: String?) async throws -> DeskAnswer {
    guard let workflow = known(workflow), let reason, (1...Self.mostReason).contains(reason.unicodeScalars.count) else {
      return DeskAnswer(422, ["code": "words.missing", "detail": .string("What is to stop, and a reason of 1 to \(Self.mostReason) characters, were expected.")])
    }
    guard let policy else { return Self.untold }
    let word = StopWord(personIssuer: person.issuer, person: person.id, workflow: workflow, reason: reason, issuedAt: Instant.now.unixSeconds)
    let token = try pages.edge.decider.signing.sign(word.claims, type: StopWord.type)
    return await policy.post("/v1/stops", ["workflow": .string(workflow), "reason": .string(reason)], bearer: token)
  }

  /// The desk cannot speak for anybody here: with it alone two people could be made up. What the person's own key signed goes to policy.
  private func start(_ workflow: String?, _ own: String?, _ certificate: String?) async -> DeskAnswer {
    guard let workflow = known(workflow) else { return DeskAnswer(422, ["code": "workflow.unknown", "detail": "What is to start was expected: a workflow, or * for everything."]) }
    guard let own, let certificate, own.utf8.count <= 4_096, certificate.utf8.count <= 4_096 else {
      return DeskAnswer(
        422,
        [
          "code": "signature.missing",
          "detail": "Automation starts again under a signature of your own key alone. On the page your browser signs, over https or on this very machine, with its script; a program sends own and own_key.",
        ])
    }
    guard let policy else { return Self.untold }
    return await policy.post("/v1/starts", ["workflow": .string(workflow), "own": .string(own), "own_key": .string(certificate)])
  }

  private func passed(_ answer: DeskAnswer, _ path: String, _ visitor: Visitor, _ form: Form) async throws -> Response {
    guard answer.isRefusal else { return Layout.redirect("/stops") }
    if answer.status != 422 { pages.edge.road.logger.warning("\(visitor.person.id) was refused by policy at \(path): \(answer.status)") }
    return try await stops(visitor, answer, form)
  }

  private static let untold = DeskAnswer(503, ["code": "policy.unknown", "detail": .string(StopsPage.untold)])

  /// A workflow that the desk knows, or all of them.
  private func known(_ workflow: String?) -> String? {
    workflow.flatMap { $0 == Self.everything || pages.edge.decider.workflows[$0] != nil ? $0 : nil }
  }

  private func stops(_ visitor: Visitor, _ refused: DeskAnswer? = nil, _ form: Form = Form()) async throws -> Response {
    let page = StopsPage(
      stops: await policy?.get("/v1/stops")?["stops"]?.array, isTold: policy != nil, workflows: pages.edge.decider.workflows.keys.sorted(),
      person: visitor.person, people: pages.edge.people, formToken: pages.sessions.formToken(cookie: visitor.cookie), form: form)
    let detail = refused.map { $0.detail.isEmpty ? "Policy refused it." : $0.detail } ?? ""
    let html = pages.layout(visitor).page("Stop switch", notice: detail, isAlert: refused != nil, page.html)
    return Layout.response(html, status: refused.map { .init(code: $0.status) } ?? .ok)
  }
}
