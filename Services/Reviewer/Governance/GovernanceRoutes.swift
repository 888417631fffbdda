import Host
import Hummingbird
import Identity
import JSON
import Lanes
import Logging
import Permits
import Wire

/// The pages of what holds for all cases: the stop switch and exceptions. Programs ask policy itself.
struct GovernanceRoutes: Sendable {
  let pages: PageRoutes
  /// Nil where nobody has told where policy answers.
  let policy: PolicyDoor?
  /// Of the demo's people, who need not type theirs; elsewhere there are none.
  let demoTokens: [String: String]

  static let everything = "*"
  static let mostReason = 100

  func add(to router: Router<BasicRequestContext>) {
    router.get("/stops") { _, _ in try await stops(try pages.visitor()) }
    router.post("/stops") { request, _ in
      let (visitor, form) = try await pages.posted(request)
      return try await stop(visitor, form)
    }
    router.post("/starts") { request, _ in
      let (visitor, form) = try await pages.posted(request)
      return try await start(visitor, form)
    }
    router.get("/exceptions") { _, _ in
      let visitor = try pages.visitor()
      let page = ExceptionsPage(told: await policy?.get("/v1/exceptions"), people: pages.edge.people, now: pages.edge.now)
      return Layout.response(pages.layout(visitor).page("Exceptions", page.html))
    }
  }

  /// The desk's word for the person; policy looks at its own people for whether it counts.
  private func stop(_ visitor: Visitor, _ form: Form) async throws -> Response {
    let reason = form["reason"] ?? ""
    guard let workflow = named(form), (1...Self.mostReason).contains(reason.unicodeScalars.count) else {
      return try await stops(visitor, DeskAnswer(422, ["detail": .string("What is to stop, and a reason of 1 to \(Self.mostReason) characters, were expected.")]), form)
    }
    let word = StopWord(
      personIssuer: visitor.person.issuer, person: visitor.person.id, workflow: workflow, reason: reason, issuedAt: Instant.now.unixSeconds)
    let token = try pages.edge.decider.signing.sign(word.claims, type: StopWord.type)
    return try await passed("/v1/stops", ["workflow": .string(workflow), "reason": .string(reason)], token, visitor, form)
  }

  /// The desk cannot speak for anybody here: with it alone two people could be made up. The person's own token goes to policy.
  private func start(_ visitor: Visitor, _ form: Form) async throws -> Response {
    let token = demoTokens[visitor.person.id] ?? String((form["own_token"] ?? "").filter { !$0.isWhitespace })
    guard let workflow = named(form), PolicyDoor.isToken(token) else {
      return try await stops(visitor, DeskAnswer(422, ["detail": "What is to start, and your own token, were expected."]), form)
    }
    return try await passed("/v1/starts", ["workflow": .string(workflow)], token, visitor, form)
  }

  private func passed(_ path: String, _ body: JSON, _ bearer: String, _ visitor: Visitor, _ form: Form) async throws -> Response {
    guard let policy else { return try await stops(visitor, DeskAnswer(503, ["detail": .string(StopsPage.untold)]), form) }
    let answer = await policy.post(path, body, bearer: bearer)
    guard answer.isRefusal else { return Layout.redirect("/stops") }
    pages.edge.road.logger.warning("\(visitor.person.id) was refused by policy at \(path): \(answer.status)")
    return try await stops(visitor, answer, form)
  }

  /// A workflow that the desk knows, or all of them.
  private func named(_ form: Form) -> String? {
    form["workflow"].flatMap { $0 == Self.everything || pages.edge.decider.workflows[$0] != nil ? $0 : nil }
  }

  private func stops(_ visitor: Visitor, _ refused: DeskAnswer? = nil, _ form: Form = Form()) async throws -> Response {
    let page = StopsPage(
      stops: await policy?.get("/v1/stops")?["stops"]?.array, isTold: policy != nil, workflows: pages.edge.decider.workflows.keys.sorted(),
      person: visitor.person, hasToken: demoTokens[visitor.person.id] != nil, people: pages.edge.people, formToken: pages.sessions.formToken(cookie: visitor.cookie), form: form)
    let detail = refused.map { $0.detail.isEmpty ? "Policy refused it." : $0.detail } ?? ""
    let html = pages.layout(visitor).page("Stop switch", notice: detail, isAlert: refused != nil, page.html)
    return Layout.response(html, status: refused.map { .init(code: $0.status) } ?? .ok)
  }
}
