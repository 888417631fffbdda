import Foundation
import HTTPTypes
import Host
import Hummingbird
import Identity
import JSON
import Lanes
import Wire

/// The pages of what audit says: overview, workflows, reports; and signatures under reports.
struct OverviewRoutes: Sendable {
  let pages: PageRoutes
  /// Nil where nobody has told where audit answers.
  let audit: AuditDoor?

  func add(to router: Router<BasicRequestContext>) {
    router.get("/overview") { _, _ in
      let visitor = try pages.visitor()
      async let told = audit?.get("/v1/workflows")
      async let daily = audit?.get("/v1/reports/daily")
      let page = OverviewPage(told: await told, daily: await daily)
      return Layout.response(pages.layout(visitor).page("Overview", page.html))
    }
    router.get("/workflows/:workflow") { _, context in try await workflow(context.parameters.get("workflow") ?? "") }
    router.get("/reports/:kind") { request, context in
      let visitor = try pages.visitor()
      let kind = try Self.kind(context)
      let day = request.uri.queryParameters["day"].map(String.init).flatMap { Self.isDay($0) ? $0 : nil }
      return await show(kind, day, visitor)
    }
    router.post("/reports/:kind") { request, context in
      let kind = try Self.kind(context)
      let (visitor, form) = try await pages.posted(request)
      let answer = try await sign(kind, form["day"] ?? "", form["digest"] ?? "", form["words"] ?? "", visitor)
      guard answer.isRefusal else { return Layout.redirect("/reports/\(kind)?day=\(form["day"] ?? "")") }
      return await show(kind, Self.isDay(form["day"] ?? "") ? form["day"] : nil, visitor, refused: answer, form)
    }
    router.post("/v1/reports/:kind/signature") { request, context in
      let kind = try Self.kind(context)
      let body = try JSON.parse(try await request.bytes(upTo: 16 << 10))
      return try await sign(
        kind, body["day"]?.string ?? "", body["digest"]?.string ?? "", body["words"]?.string ?? "", try pages.edge.caller()).response()
    }
  }

  /// - Throws: 404 for what is no report.
  private static func kind(_ context: BasicRequestContext) throws(Problem) -> String {
    let kind = context.parameters.get("kind") ?? ""
    guard ReportPage.kinds.contains(where: { $0.0 == kind }) else { throw Problem(.notFound, "report.unknown", "There is a daily, a weekly and a quarterly report.") }
    return kind
  }

  static func isDay(_ text: String) -> Bool { text.utf8.count == 10 && Instant(rfc3339: "\(text)T00:00:00Z") != nil }

  private func workflow(_ name: String) async throws -> Response {
    let visitor = try pages.visitor()
    guard People.isName(name), name.utf8.count <= 60 else { throw Problem(.notFound, "workflow.unknown", "There is no such workflow.") }
    async let told = audit?.get("/v1/workflows")
    async let days = audit?.get("/v1/kpis?workflow=\(name)&by=day")
    async let models = audit?.get("/v1/comparisons?workflow=\(name)&by=model")
    async let prompts = audit?.get("/v1/comparisons?workflow=\(name)&by=prompt")
    async let bundles = audit?.get("/v1/comparisons?workflow=\(name)&by=bundle")
    let (all, kpis) = (await told, await days)
    let page = WorkflowPage(
      name: name, told: all?["workflows"]?.array?.first { $0["workflow"]?.string == name }, isAnswering: all != nil,
      days: kpis?["groups"]?.array ?? [], comparisons: [await models, await prompts, await bundles].compactMap(\.self), definitions: kpis?["definitions"])
    return Layout.response(pages.layout(visitor).page(Plain.words(name), page.html))
  }

  private func show(_ kind: String, _ day: String?, _ visitor: Visitor, refused: DeskAnswer? = nil, _ form: Form = Form()) async -> Response {
    let report = await audit?.get("/v1/reports/\(kind)\(day.map { "?day=\($0)" } ?? "")")
    let page = ReportPage(
      kind: kind, report: report, mayWrite: Gate.isLead(visitor.person) || visitor.person.groups.contains(dutyGroup),
      formToken: pages.sessions.formToken(cookie: visitor.cookie), people: pages.edge.people, form: form)
    let html = pages.layout(visitor).page("Report", notice: refused?.detail ?? "", isAlert: refused != nil, page.html)
    return Layout.response(html, status: refused.map { .init(code: $0.status) } ?? .ok)
  }

  /// The signature covers what was shown: where the figures have changed meanwhile, the person looks again.
  private func sign(_ kind: String, _ day: String, _ digest: String, _ words: String, _ visitor: Visitor) async throws -> DeskAnswer {
    guard Self.isDay(day), digest.utf8.count == 64, words.unicodeScalars.count <= ReportSigned.mostWords else {
      return DeskAnswer(422, ["code": "report.signature", "detail": .string("The report’s day, the digest that it was shown with, and at most \(ReportSigned.mostWords) characters of words were expected.")])
    }
    guard let (status, report) = await audit?.ask("/v1/reports/\(kind)?day=\(day)"), status < 500 else {
      return DeskAnswer(503, ["code": "audit.unreachable", "detail": "Audit does not answer, or nobody has told the desk where (AUDIT_URL): nothing was signed."])
    }
    guard status == 200, let name = report["report"]?.string else {
      return DeskAnswer(422, ["code": "report.signature", "detail": .string(report["detail"]?.string ?? "There is no such report.")])
    }
    guard report["complete"]?.bool == true else { return DeskAnswer(409, ["code": "report.open", "detail": "The report’s last day is not over: its figures still change."]) }
    guard report["digest"]?.string == digest else {
      return DeskAnswer(409, ["code": "report.changed", "detail": "The figures have changed since they were shown. Look at them again, then sign."])
    }
    let signed = ReportSigned(
      report: name, digest: digest, person: visitor.person.full, strength: visitor.strength, words: words, at: pages.edge.now)
    return try await pages.edge.road.perform(UUID().uuidString.lowercased()) { _ in .sign(signed) }
  }
}
