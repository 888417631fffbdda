import Host
import Hummingbird
import Identity
import JSON
import Wire

/// Everybody's own keys and pinned lists: `/v1/me/preferences` for programs, `/settings` for people.
struct PreferenceRoutes: Sendable {
  let pages: PageRoutes

  private var shelf: PreferenceShelf { PreferenceShelf(store: pages.edge.road.store) }

  func add(to router: Router<BasicRequestContext>) {
    router.get("/v1/me/preferences") { _, _ in
      let person = try pages.edge.person()
      return jsonResponse(try await pages.edge.kept { try await shelf.find(of: person.full) }.json)
    }
    router.put("/v1/me/preferences") { request, _ in
      let person = try pages.edge.person()
      let body = try JSON.parse(try await request.bytes(upTo: 16 << 10))
      let preferences = try Edge.sent { () throws(WireError) in try Preferences(body) }
      try await pages.edge.kept { try await shelf.keep(preferences, of: person.full) }
      return jsonResponse(preferences.json)
    }
    router.get("/settings") { _, _ in
      let visitor = try pages.visitor()
      return Layout.response(pages.layout(visitor).page("Settings", SettingsPage(preferences: visitor.preferences, formToken: token(visitor)).html))
    }
    router.post("/settings") { request, _ in
      let (visitor, form) = try await pages.posted(request)
      var body = JSONObject([("keys_off", .bool(form["keys_off"] == "yes")), ("pins", .array(visitor.preferences.pins.map(\.json)))])
      let given = Preferences.acts.compactMap { act in form["key:\(act.key)"].flatMap { $0.isEmpty ? nil : (String(act.key), JSON.string($0)) } }
      body["keys"] = .object(JSONObject(given))
      let preferences: Preferences
      do throws(WireError) { preferences = try Preferences(.object(body)) } catch {
        let page = SettingsPage(preferences: visitor.preferences, formToken: token(visitor), typed: form).html
        return Layout.response(pages.layout(visitor).page("Settings", notice: "Not kept: \(error.description).", isAlert: true, page), status: .unprocessableContent)
      }
      try await keep(preferences, visitor)
      return Layout.redirect("/settings")
    }
    router.post("/settings/pins") { request, _ in
      let (visitor, form) = try await pages.posted(request)
      let query = form["query"] ?? "", name = String((form["name"] ?? "").prefix(80))
      guard Preferences.isQuery(query), !name.isEmpty || form["end"] == "yes" else {
        throw Problem(.unprocessableContent, "pin", "A name, and the query of a list, were expected.")
      }
      var preferences = visitor.preferences
      if form["end"] == "yes" { preferences.unpin(query) } else { preferences.pin(Preferences.Pin(name: name, query: query)) }
      try await keep(preferences, visitor)
      return Layout.redirect(query.isEmpty ? "/" : "/?\(query)")
    }
  }

  private func token(_ visitor: Visitor) -> String { pages.sessions.formToken(cookie: visitor.cookie) }

  private func keep(_ preferences: Preferences, _ visitor: Visitor) async throws {
    try await pages.edge.kept { try await shelf.keep(preferences, of: visitor.person.full) }
  }
}

/// Which key does what, and whether single keys do anything.
struct SettingsPage {
  let preferences: Preferences
  let formToken: String
  /// What was typed, where it was refused.
  var typed = Form()

  var html: HTML {
    """
    <h1>Settings</h1><form method="post" action="/settings" class="card settings"><input type="hidden" name="token" value="\(attribute: formToken)"><h2>Your keys</h2>
    <label class="check"><input type="checkbox" name="keys_off" value="yes"\(preferences.areKeysOff ? " checked" : "")> Single keys are off: only Ctrl K, Ctrl Enter and Escape do something</label>
    <p class="quiet">One letter for each act; no letter may do two things. Digits choose a reason or an answer, <kbd>[</kbd> <kbd>]</kbd> move among sources, <kbd>/</kbd> searches, <kbd>?</kbd> lists the keys.</p>
    <div class="letters">\(Preferences.acts.html(field))</div><button class="primary">Keep</button></form>
    """
  }

  private func field(_ act: (key: Character, what: String)) -> HTML {
    let value = typed["key:\(act.key)"] ?? String(preferences.own(act.key))
    return """
      <label>\(act.what)<input name="key:\(attribute: String(act.key))" value="\(attribute: value)" maxlength="1" size="2" pattern="[A-Za-z]" autocomplete="off" autocapitalize="off" spellcheck="false" required></label>
      """
  }
}
