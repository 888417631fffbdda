import HTTPTypes
import Host
import Hummingbird
import JSON
import NIOCore
import Permits
import Wire

/// The one plain page: tasks, and one task with why, what would change and the action. Works without any script.
struct Page: Sendable {
  let api: Api

  func add(to router: Router<BasicRequestContext>) {
    router.get("/") { request, _ in
      guard let person = person(request) else { return html("Countersign", signIn()) }
      return html("Countersign", try list(person))
    }
    router.get("/style.css") { _, _ in
      Response(status: .ok, headers: [.contentType: "text/css"], body: .init(byteBuffer: ByteBuffer(string: Page.style)))
    }
    router.post("/sign-in") { request, _ in
      let form = Form(try await request.bytes(upTo: 4096))
      guard let person = api.people.person(id: form["person"] ?? "") else { return redirect("/") }
      var response = redirect("/")
      response.headers[.setCookie] = "person=\(session(person)); HttpOnly; SameSite=Strict; Path=/"
      return response
    }
    router.get("/tasks/{case}") { request, context in
      guard let person = person(request) else { return redirect("/") }
      let (key, task) = try api.task(context, person)
      return html("Task", TaskView(key: key, task: task, person: person, token: session(person)).text)
    }
    router.post("/tasks/{case}/decision") { request, context in
      guard let person = person(request) else { return redirect("/") }
      let form = Form(try await request.bytes(upTo: 512 << 10))
      guard form["token"] == session(person) else { throw Problem(.forbidden, "csrf", "The form is not of this session.") }
      return try await decide(person, try Api.key(context), form)
    }
  }

  private func decide(_ person: Person, _ key: String, _ form: Form) async throws -> Response {
    var body = JSONObject([
      ("version", .integer(Int64(form["version"] ?? "") ?? 0)), ("view", .string(form["view"] ?? "")),
      ("verb", .string(form["verb"] ?? "")), ("code", .string(form["code"] ?? "")), ("words", .string(form["words"] ?? "")),
    ])
    if form["verb"] == "edit" { body["action"] = try JSON.parse(Array((form["action"] ?? "").utf8)) }
    let submission = try Api.submission(.object(body), key: key, person: person, idempotency: "")
    let answer = try await api.perform(key) { .decide($0, person, submission) }
    guard answer.status < 400 else {
      return html("Not decided", "<h1>Not decided</h1><p>\(escape(answer.body["detail"]?.string ?? ""))</p><p><a href=\"/tasks/\(escape(key))\">Back to the task</a></p>")
    }
    return html(
      "Decided",
      "<h1>Decided</h1><p>Released at \(escape(answer.body["release_at"]?.string ?? "")) unless you take it back before.</p><p><a href=\"/\">Next task</a></p>")
  }

  /// The demo's session: the person's name under the reviewer's key; only on loopback.
  private func session(_ person: Person) -> String {
    (try? api.decider.signing.sign(["sub": .string(person.id)], type: "countersign-demo-session")) ?? ""
  }

  private func person(_ request: Request) -> Person? {
    guard let cookie = request.cookies["person"]?.value,
      let claims = try? KeySet([api.decider.signing.verification]).verify(cookie, type: "countersign-demo-session")
    else { return nil }
    return api.people.person(id: claims.optionalText("sub") ?? "")
  }

  private func signIn() -> String {
    let cards = api.people.all.map {
      "<button name=\"person\" value=\"\(escape($0.id))\"><b>\(escape($0.name))</b><br><small>\(escape($0.groups.joined(separator: ", ")))</small></button>"
    }
    return "<h1>Who are you?</h1><p class=\"note\">A demo: anybody on this machine may choose.</p><form method=\"post\" action=\"/sign-in\" class=\"cards\">\(cards.joined())</form>"
  }

  private func list(_ person: Person) throws -> String {
    let tasks = try api.tasks(person, after: "", limit: 100)
    let rows = tasks.map { key, task in
      """
      <tr><td><a href="/tasks/\(escape(key))">\(escape(task.request["workflow"]?.string ?? ""))</a></td>\
      <td><span class="chip">\(escape(task.request["risk"]?.string ?? ""))</span></td>\
      <td>\(escape(task.request["matches"]?.array?.first?["because"]?.string ?? ""))</td>\
      <td>\(escape(task.opened.description.prefix(16).replacing("T", with: " ")))</td><td>\(escape(task.claim?.person ?? "nobody"))</td></tr>
      """
    }
    let table = rows.isEmpty
      ? "<p>Nothing waits for you.</p>"
      : "<table><thead><tr><th>Workflow</th><th>Risk</th><th>Why</th><th>Since (UTC)</th><th>Held by</th></tr></thead><tbody>\(rows.joined())</tbody></table>"
    return "<h1>\(tasks.count) open for \(escape(person.name))</h1>\(table)"
  }

  private func redirect(_ place: String) -> Response {
    Response(status: .seeOther, headers: [.location: place])
  }

  private func html(_ title: String, _ body: String) -> Response {
    let text = """
      <!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">\
      <title>\(escape(title))</title><link rel="stylesheet" href="/style.css"></head><body><header><a href="/">Countersign</a></header><main>\(body)</main></body></html>
      """
    return Response(
      status: .ok,
      headers: [
        .contentType: "text/html; charset=utf-8", .cacheControl: "no-store",
        .contentSecurityPolicy: "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
      ], body: .init(byteBuffer: ByteBuffer(string: text)))
  }

  static let style = """
    :root{color-scheme:light dark;--line:light-dark(#d5d9e0,#3a404b);--soft:light-dark(#f3f5f8,#20242c);--in:light-dark(#dff3e4,#173d25);--out:light-dark(#fbe3e1,#4a1f1c)}
    body{font:16px/1.5 system-ui,sans-serif;margin:0;background:light-dark(#fff,#14171c);color:light-dark(#14171c,#e8eaee)}
    header{padding:.6rem 1rem;border-bottom:1px solid var(--line)}header a{font-weight:700;color:inherit;text-decoration:none}
    main{max-width:76rem;margin:auto;padding:1rem}h1{font-size:1.4rem;margin:.2rem 0 1rem}h2{font-size:1rem;margin:1.2rem 0 .4rem}
    table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.45rem .6rem;border-bottom:1px solid var(--line);vertical-align:top}
    .why{background:var(--soft);border-left:4px solid light-dark(#b45309,#f59e0b);padding:.6rem 1rem}.why li{margin:.2rem 0}
    .cols{display:grid;gap:1.2rem;grid-template-columns:minmax(0,1.7fr) minmax(16rem,1fr)}@media(max-width:820px){.cols{grid-template-columns:minmax(0,1fr)}table{display:block;overflow-x:auto}}
    .chip{border:1px solid var(--line);border-radius:1rem;padding:0 .6rem;font-size:.85rem;white-space:nowrap}
    pre{white-space:pre-wrap;overflow-wrap:anywhere;background:var(--soft);padding:.6rem;margin:0}ins{background:var(--in);text-decoration:none}del{background:var(--out)}
    button{font:inherit;padding:.5rem .9rem;min-height:44px;border:1px solid var(--line);border-radius:.4rem;background:var(--soft);color:inherit;cursor:pointer}
    button.go{background:#1d5fd1;color:#fff;border-color:#1d5fd1}:focus-visible{outline:3px solid #4c8dff;outline-offset:2px}
    .cards{display:grid;gap:.6rem;grid-template-columns:repeat(auto-fill,minmax(15rem,1fr))}.cards button{text-align:left}
    label{display:block;margin:.5rem 0 .1rem}input,textarea,select{font:inherit;width:100%;box-sizing:border-box;padding:.4rem;border:1px solid var(--line);border-radius:.3rem;background:inherit;color:inherit}
    .note{color:light-dark(#555,#a8afbb)}aside{position:sticky;top:1rem;align-self:start}.keys{display:flex;gap:.5rem;flex-wrap:wrap;margin:.6rem 0}
    .odd{background:#b91c1c;color:#fff;font-size:.8em}
    """
}

extension HTTPField.Name {
  static let contentSecurityPolicy = Self("Content-Security-Policy")!
}

/// A form as `application/x-www-form-urlencoded` sends it.
struct Form {
  private var values: [String: String] = [:]

  init(_ bytes: [UInt8]) {
    for pair in String(decoding: bytes, as: UTF8.self).split(separator: "&") {
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2 else { continue }
      values[Form.decode(parts[0])] = Form.decode(parts[1])
    }
  }

  subscript(name: String) -> String? { values[name] }

  private static func decode(_ text: Substring) -> String {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "%"), rest.count >= 2, let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) {
        bytes.append(value)
        rest = rest.dropFirst(2)
      } else {
        bytes.append(byte == UInt8(ascii: "+") ? 0x20 : byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
