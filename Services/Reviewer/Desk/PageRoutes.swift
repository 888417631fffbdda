import Foundation
import HTTPTypes
import Host
import Hummingbird
import Identity
import JSON
import Lanes
import NIOCore
import Permits
import Wire

/// The page for people. Its rules are those of the step; it has none of its own but the second act of an approval.
struct PageRoutes: Sendable {
  let edge: Edge
  let sessions: Sessions
  let isDemo: Bool
  let hasProvider: Bool
  var keys: KeyDesk?

  func add(to router: Router<BasicRequestContext>) {
    router.get("/desk.css") { _, _ in PageRoutes.asset(Style.text, "text/css; charset=utf-8") }
    router.get("/desk.js") { _, _ in PageRoutes.asset(Script.text, "text/javascript; charset=utf-8") }
    router.get("/keys.js") { _, _ in PageRoutes.asset(KeyScript.text, "text/javascript; charset=utf-8") }
    router.get("/") { request, _ in
      try home(try visitor(), request)
    }
    router.get("/tasks/:case") { request, context in
      try await show(try Edge.key(context), try visitor(), done: Done(request))
    }
    addNotes(router)
    if isDemo { addSignIn(router) } else if !hasProvider { addSignOut(router) }
    for (path, command, done) in [("claim", Command.claim, ""), ("acknowledge", .acknowledge, ""), ("extend", .extend, ""), ("release", .release, "/")] {
      router.post("/tasks/:case/\(path)") { request, context in
        let key = try Edge.key(context)
        let (visitor, _) = try await posted(request)
        let answer = try await edge.perform(key, visitor.person, command)
        guard !answer.isRefusal else { return try await show(key, visitor, refused: answer) }
        return Layout.redirect(done.isEmpty ? "/tasks/\(key)" : done)
      }
    }
    // What the script sends while its reader is at work: the same as `extend`, answered with what is left.
    router.post("/tasks/:case/renew") { request, context in
      let key = try Edge.key(context)
      let (visitor, _) = try await posted(request)
      let answer = try await edge.perform(key, visitor.person, .extend)
      guard !answer.isRefusal, let until = Instant(rfc3339: answer.body["until"]?.string ?? "") else { return try answer.response() }
      let isLongest = answer.body["until"] == answer.body["longest_until"]
      return jsonResponse(["left": .number(until.seconds(since: edge.now)), "is_longest": .bool(isLongest)])
    }
    router.post("/tasks/:case/undo") { request, context in
      let key = try Edge.key(context)
      let (visitor, _) = try await posted(request)
      let answer = try await edge.perform(key, visitor.person, .undo)
      return try await show(key, visitor, refused: answer.isRefusal ? answer : nil, notice: "Taken back, unless it was released in this very moment.")
    }
    router.post("/tasks/:case/decision") { request, context in
      let (visitor, form) = try await posted(request)
      return try await decide(try Edge.key(context), visitor, form)
    }
  }

  /// What people do with a task beside deciding it, and what they have typed so far.
  private func addNotes(_ router: Router<BasicRequestContext>) {
    for (path, command) in Edge.notes {
      router.post("/tasks/:case/\(path)") { request, context in
        let key = try Edge.key(context)
        let (visitor, form) = try await posted(request)
        let body = JSONObject(form.values.filter { ["code", "words", "to"].contains($0.key) }.map { ($0, .string($1)) }
          + (form["minutes"].flatMap { Int64($0) }.map { [("minutes", .integer($0))] } ?? []))
        let note = try Edge.sent { () throws(WireError) in
          try Note(.object(body), caseID: key, person: visitor.person.full, idempotency: form["key"] ?? "")
        }
        let answer = try await edge.perform(key, visitor.person, command(note))
        guard !answer.isRefusal else { return try await show(key, visitor, refused: answer, draft: form) }
        let leaves = ["hold", "skip", "hand-over", "questions"].contains(path)
        return Layout.redirect(leaves ? try place(after: key, visitor) : "/tasks/\(key)#sofar")
      }
    }
    router.post("/tasks/:case/draft") { request, context in
      let key = try Edge.key(context)
      let (visitor, form) = try await posted(request)
      let values = form.values.filter { Draft.isTyped($0.key) }
      guard values.reduce(0, { $0 + $1.key.utf8.count + $1.value.utf8.count }) <= Draft.mostBytes else {
        throw Problem(.contentTooLarge, "draft.too_large", "A draft may have \(Draft.mostBytes / 1024) KiB.")
      }
      let draft = Draft(version: Int64(form["version"] ?? "") ?? 0, values: values, saved: .now)
      try await edge.kept { try await edge.drafts.keep(draft, of: visitor.person.full, for: key) }
      return jsonResponse(["saved_at": .string(draft.saved.description)])
    }
  }

  private func keep(_ form: Form, for key: String, _ visitor: Visitor) async throws {
    let values = form.values.filter { Draft.isTyped($0.key) }
    guard values.reduce(0, { $0 + $1.key.utf8.count + $1.value.utf8.count }) <= Draft.mostBytes else { return }
    let draft = Draft(version: Int64(form["version"] ?? "") ?? 0, values: values, saved: .now)
    try await edge.kept { try await edge.drafts.keep(draft, of: visitor.person.full, for: key) }
  }

  /// Where somebody goes when a task is done with: to the next one that is free.
  private func place(after key: String, _ visitor: Visitor, done: Done? = nil) throws -> String {
    let next = try edge.tasks.page(for: visitor.person, .free, filter: visitor.list, limit: 2).rows.first { $0.key != key }
    guard next == nil, !visitor.list.isEmpty else { return (next.map { "/tasks/\($0.key)" } ?? "/") + (done?.query ?? "") }
    // The list is worked off: it says so, and what else there would be.
    return "/?state=free\(visitor.list.query)" + (done.map { "&" + $0.query.dropFirst() } ?? "")
  }

  private func addSignIn(_ router: Router<BasicRequestContext>) {
    router.post("/sign-in") { request, _ in
      // There is no session yet that a form could belong to: the browser says where the form came from.
      guard request.headers[.secFetchSite].map({ $0 == "same-origin" || $0 == "none" }) ?? true else {
        throw Problem(.forbidden, "csrf", "The form came from another site.")
      }
      let form = Form(try await request.bytes(upTo: 4096))
      guard let person = edge.people.person(id: form["person"] ?? "") else { return Layout.redirect("/") }
      var response = Layout.redirect(SignInFlow.place(form["to"] ?? "/"))
      response.headers[.setCookie] = sessions.cookie(for: person, now: .now)
      return response
    }
    addSignOut(router)
  }

  /// Of the demo's sessions; those of a provider end elsewhere (`ProviderRoutes`).
  private func addSignOut(_ router: Router<BasicRequestContext>) {
    router.post("/sign-out") { request, _ in
      _ = try await posted(request)
      var response = Layout.redirect("/")
      response.headers[.setCookie] = sessions.cookie(for: nil, now: .now)
      return response
    }
  }

  /// Whom the gate has let in.
  func visitor() throws(Problem) -> Visitor {
    guard let caller = Visitor.current else { throw Self.notOfThisSession }
    return caller
  }

  static let notOfThisSession = Problem(.forbidden, "csrf", "The form is not of your session. Go back, load the page again, and send it once more.")

  /// Who sent a form, and the form. - Throws: 403 where it is not of a session of ours.
  func posted(_ request: Request) async throws -> (Visitor, Form) {
    let form = Form(try await request.bytes(upTo: 512 << 10))
    let visitor = try visitor()
    guard sessions.accepts(formToken: form["token"], cookie: visitor.cookie) else { throw Self.notOfThisSession }
    return (visitor, form)
  }

  func layout(_ visitor: Visitor?) -> Layout {
    Layout(
      person: visitor?.person, formToken: visitor.map { sessions.formToken(cookie: $0.cookie) } ?? "",
      clockScale: edge.decider.clockScale, isReadOnly: visitor?.isReadOnly ?? false,
      keys: keys == nil ? "" : hasProvider ? "provider" : "demo", preferences: visitor?.preferences ?? .none)
  }

  /// - Parameter place: where the person wanted to go.
  func signIn(to place: String) -> Response {
    let main: HTML =
      if isDemo {
        SignInPage(people: edge.people).html
      } else if hasProvider {
        "<h1>Sign in</h1><p><a class=\"button\" data-key=\"s\" href=\"/sign-in?to=\(attribute: SignInFlow.place(place))\">Sign in with your organisation’s account</a> <kbd>S</kbd></p>"
      } else {
        "<h1>Not signed in</h1><p>This installation names no identity provider (IDENTITY): use the API with a bearer token.</p>"
      }
    return Layout.response(layout(nil).page("Sign in", main), status: isDemo ? .ok : .unauthorized)
  }

  /// By which somebody who is signed in shows again who they are.
  private func signInAnew(_ person: Person, to place: String) -> HTML {
    guard isDemo else { return hasProvider ? "<a class=\"button wide\" href=\"/sign-in?fresh=1&amp;to=\(attribute: place)\">Sign in again</a>" : "" }
    return """
      <form method="post" action="/sign-in"><input type="hidden" name="person" value="\(attribute: person.id)"><input type="hidden" name="to" value="\(attribute: place)">
      <button class="wide">Sign in again</button></form>
      """
  }

  /// Why somebody may not see or do what they asked for.
  func refusal(_ why: String, _ visitor: Visitor) -> Response {
    Layout.response(layout(visitor).page("Not open", "<h1>Not open</h1><p>\(why)</p><p><a href=\"/\">To your tasks</a></p>"), status: .forbidden)
  }

  /// Why nobody was signed in.
  func failed(_ problem: Problem) -> Response {
    let main: HTML = "<h1>You are not signed in</h1><p>\(problem.detail)</p><p><a href=\"/sign-in\">Sign in</a></p>"
    return Layout.response(layout(nil).page("Sign in", main), status: problem.status)
  }

  /// Somebody has signed out here. - Parameter place: where the provider's own session is ended, too.
  func signedOut(to place: String?) -> Response {
    let onward: HTML = place.map { "<p><a class=\"button\" href=\"\(attribute: $0)\">Sign out of your organisation’s account, too</a></p>" } ?? ""
    return Layout.response(layout(nil).page("Signed out", "<h1>Signed out</h1>\(onward)<p><a href=\"/\">Sign in again</a></p>"))
  }

  private func home(_ visitor: Visitor, _ request: Request) throws -> Response {
    let query = request.uri.queryParameters
    let filter = TaskFilter { query[Substring($0)].map(String.init) }
    let kind = query["state"].flatMap { TaskList.Kind(rawValue: String($0)) } ?? .open
    let page = try edge.tasks.page(for: visitor.person, kind, filter: filter, after: query["after"].map(String.init))
    // Nothing to show: then why, and what would change that.
    let isEmpty = page.rows.isEmpty
    let hidden = isEmpty && !filter.isEmpty ? try edge.tasks.page(for: visitor.person, kind, limit: 200).rows.count : 0
    let left = isEmpty && kind == .open ? try edge.tasks.page(for: visitor.person, .skipped, limit: 200).rows.count : 0
    let free = isEmpty && kind == .free ? try edge.tasks.nextFree(for: visitor.person, filter: filter) : nil
    let list = ListPage(
      counts: try edge.tasks.counts(for: visitor.person), rows: page.rows, next: page.next, kind: kind, filter: filter,
      now: edge.now, duty: edge.decider.duty, person: visitor.person, workflows: edge.decider.workflows.keys.sorted(), pins: visitor.preferences.pins,
      formToken: sessions.formToken(cookie: visitor.cookie), hidden: hidden, left: left, nextFree: free)
    var response = Layout.response(layout(visitor).page(filter.queue ?? "Tasks", done: Done(request), list.html))
    if filter != visitor.list { response.headers[.setCookie] = sessions.listCookie(filter) }
    return response
  }

  /// - Parameters:
  ///   - refused: why the last act was refused; the page then has its status.
  ///   - draft: what was typed, so that nothing is lost.
  func show(
    _ key: String, _ visitor: Visitor, refused: DeskAnswer? = nil, notice: String = "", draft: Form? = nil, done: Done? = nil, revealed: Revealed? = nil
  ) async throws -> Response {
    let answer = try await edge.perform(key, visitor.person, .view)
    guard !answer.isRefusal else {
      let detail = refused?.detail ?? answer.detail
      let main: HTML = "<h1>Not open</h1><p>\(detail)</p>\(typed(draft ?? Form()))<p><a href=\"/\">To your tasks</a></p>"
      return Layout.response(layout(visitor).page("Not open", done: done, main), status: .init(code: answer.status))
    }
    let view = CaseView(key, answer.body, edge.decider.workflows[answer.body["workflow"]?.string ?? ""])
    let rows = try edge.tasks.page(for: visitor.person, filter: visitor.list, limit: 100).rows.map(\.key)
    let at = rows.firstIndex(of: key)
    let kept = draft == nil ? try await edge.kept { try await edge.drafts.find(of: visitor.person.full, for: key) } : nil
    let page = TaskPage(
      view: view, person: visitor.person, people: edge.people, formToken: sessions.formToken(cookie: visitor.cookie),
      draft: draft ?? kept.map { Form(values: $0.values) } ?? Form(), kept: kept,
      seen: kept?.version ?? draft?["version"].flatMap { Int64($0) }, alike: try edge.memory.alike(key, for: visitor.person, edge.people),
      revealed: revealed, previous: at.flatMap { rows[safe: $0 - 1] }, next: at.map { rows[safe: $0 + 1] } ?? rows.first { $0 != key },
      signIn: visitor.authenticated(within: GlassGrant.freshSeconds) ? nil : signInAnew(visitor.person, to: "/tasks/\(key)"), formKey: UUID().uuidString.lowercased())
    let html = layout(visitor).page(
      Plain.words(view.text("workflow")), notice: refused.map { $0.detail } ?? notice, isAlert: refused != nil, done: done,
      task: (key, view.json["version"]?.integer ?? 0, view.json["claim"]?["person"]?.string ?? ""), page.html)
    return Layout.response(html, status: refused.map { .init(code: $0.status) } ?? .ok)
  }

  /// What somebody typed for a task that has ended meanwhile: theirs to keep.
  private func typed(_ draft: Form) -> HTML {
    guard let words = draft["words"], !words.isEmpty else { return "" }
    return "<p>You had written:</p><blockquote>\(words)</blockquote>"
  }

  private func decide(_ key: String, _ visitor: Visitor, _ form: Form) async throws -> Response {
    let seen = try await edge.perform(key, visitor.person, .view)
    guard !seen.isRefusal else { return try await show(key, visitor, refused: seen, draft: form) }
    let view = CaseView(key, seen.body, edge.decider.workflows[seen.body["workflow"]?.string ?? ""])
    if form["verb"] == "approve", view.needsTwoSteps, view.text("route") != "block", form["confirm"] != "yes" {
      let answer = DeskAnswer(422, ["code": "confirm", "detail": "Approving this takes two steps: tick that you have read it."])
      return try await show(key, visitor, refused: answer, draft: form)
    }
    var body = JSONObject([
      ("version", .integer(Int64(form["version"] ?? "") ?? 0)), ("view", .string(form["view"] ?? "")),
      ("verb", .string(form["verb"] ?? "")), ("code", .string(form["code"] ?? "")), ("words", .string(form["words"] ?? "")),
    ])
    body["own"] = form["own"].map { .string($0) }
    body["own_key"] = form["own_key"].map { .string($0) }
    body["fence"] = form["fence"].flatMap { Int64($0) }.map { .integer($0) }
    if form["verb"] == "edit" { body["action"] = view.workflow?.action(from: form, for: view.file) }
    let submitted = JSON.object(body)
    let submission = try Edge.sent { () throws(WireError) in
      try Submission(submitted, caseID: key, person: visitor.person, strength: visitor.strength, authenticatedAt: visitor.authenticatedAt, idempotency: form["key"] ?? "")
    }
    let answer = try await edge.decide(key, visitor.person, submission)
    guard !answer.isRefusal else {
      // Another version comes by itself, under a page that nobody has typed into yet: what was typed is there already.
      if answer.body["code"] == "sources.changed" { try await keep(form, for: key, visitor) }
      return try await show(key, visitor, refused: answer, draft: form)
    }
    try await edge.kept { try await edge.drafts.drop(of: visitor.person.full, for: key) }
    return Layout.redirect(try place(after: key, visitor, done: Done(key, answer.body["release_at"]?.string)))
  }

  private static func asset(_ text: String, _ type: String) -> Response {
    Response(
      status: .ok, headers: [.contentType: type, .cacheControl: "max-age=300", .noSniff: "nosniff"],
      body: .init(byteBuffer: ByteBuffer(string: text)))
  }
}

extension HTTPField.Name {
  static let secFetchSite = Self("Sec-Fetch-Site")!
}
