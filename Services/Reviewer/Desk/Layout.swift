import HTTPTypes
import Host
import Hummingbird
import Identity
import JSON
import NIOCore

/// What every page has around it.
struct Layout: Sendable {
  let person: Person?
  let formToken: String
  let clockScale: Int
  /// The identity provider is away: nothing can be done but read.
  var isReadOnly = false
  /// How browsers come by keys of their own: `demo`, `provider`, or not at all.
  var keys = ""
  var preferences = Preferences.none

  /// - Parameter notice: what the last act led to; read out by screen readers.
  /// - Parameters:
  ///   - done: the decision just made, which can be taken back for a while.
  ///   - task: the task that the page shows, its version and who holds it; the page says when it has changed.
  func page(
    _ title: String, notice: String = "", isAlert: Bool = false, done: Done? = nil, task: (key: String, version: Int64, holder: String)? = nil,
    _ main: HTML
  ) -> HTML {
    """
    <!doctype html>
    <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
    <title>\(title) · Countersign</title><link rel="stylesheet" href="/desk.css"><script src="/desk.js" defer></script><script src="/keys.js" defer></script></head>
    <body data-scale="\(clockScale)"\(ownKeys)\(signing)\(task.map { " data-task=\"\(attribute: $0.key)\" data-version=\"\($0.version)\" data-holder=\"\(attribute: $0.holder)\"" } ?? "")>
    <a class="skip" href="#main">To the content</a>
    <header class="top"><a class="brand" href="/">Countersign</a>\(places)\(who)</header>
    \(banner)
    <main id="main">\(done?.html(formToken: formToken) ?? "")\(message(notice, isAlert))\(main)</main>
    <p id="news" class="notice news" role="status" hidden></p>
    <p id="warning" class="sr" role="status"></p>
    <dialog id="palette" aria-label="What do you want to do?"><input type="search" aria-label="What do you want to do?" aria-controls="palette-list" autocomplete="off"><ul id="palette-list" role="listbox"></ul></dialog>
    <dialog id="keys" aria-labelledby="keys-title"><h2 id="keys-title">Keys</h2>
    <dl class="keys"><dt>Ctrl K</dt><dd>all that can be done here</dd><dt>Enter</dt><dd>open</dd>\(Preferences.acts.html(act))
    <dt>g q</dt><dd>queues; g o overview, g s settings, g alone all your tasks</dd><dt>[ ]</dt><dd>the source before, the next one</dd><dt>/</dt><dd>search the list</dd>
    <dt>1–9</dt><dd>choose a reason, or an answer</dd><dt>Ctrl Enter</dt><dd>send what you write</dd><dt>?</dt><dd>this list</dd></dl>
    <p class="quiet">\(preferences.areKeysOff ? "Single keys are off. " : "")Other keys, or none: <a href="/settings">Settings</a>.</p><form method="dialog"><button>Close</button></form></dialog>
    </body></html>
    """
  }

  private func act(_ act: (key: Character, what: String)) -> HTML { "<dt>\(String(preferences.own(act.key)))</dt><dd>\(act.what)</dd>" }

  private var ownKeys: HTML {
    let off: HTML = preferences.areKeysOff ? " data-keys-off" : ""
    return preferences.map.object?.isEmpty ?? true ? off : "\(off) data-keymap=\"\(attribute: preferences.map.text)\""
  }

  private var signing: HTML {
    guard !keys.isEmpty else { return "" }
    return " data-keys=\"\(attribute: keys)\"\(person.map { " data-person=\"\(attribute: $0.id)\" data-issuer=\"\(attribute: $0.issuer)\" data-session=\"\(attribute: formToken)\"" } ?? "")"
  }

  private var places: HTML {
    guard person != nil else { return "" }
    let own: HTML = keys.isEmpty ? "" : " <a href=\"/keys\">Keys</a>"
    return "<nav aria-label=\"Pages\"><a href=\"/\">Tasks</a> <a href=\"/queues\" data-key=\"q\">Queues</a> <a href=\"/overview\" data-key=\"o\">Overview</a> <a href=\"/stops\">Stop switch</a> <a href=\"/exceptions\">Exceptions</a> <a href=\"/away\">Away</a> <a href=\"/settings\">Settings</a>\(own)</nav>"
  }

  private var banner: HTML {
    if isReadOnly {
      return "<p class=\"banner\" role=\"status\">The identity provider cannot be reached: you can read for a few minutes, and decide when it is back.</p>"
    }
    return clockScale == 1 ? "" : "<p class=\"banner\">Demonstration clock: one second here is \(clockScale) seconds of the story.</p>"
  }

  private var who: HTML {
    guard let person else { return "" }
    return """
      <span class="me"><span>\(person.name)</span> <small>\(person.groups.joined(separator: ", "))</small></span>
      <form method="post" action="/sign-out"><input type="hidden" name="token" value="\(attribute: formToken)"><button class="plain">Sign out</button></form>
      """
  }

  private func message(_ text: String, _ isAlert: Bool) -> HTML {
    guard !text.isEmpty else { return "" }
    return isAlert ? "<p class=\"notice alert\" role=\"alert\">\(text)</p>" : "<p class=\"notice\" role=\"status\">\(text)</p>"
  }

  static let headers: HTTPFields = [
    .cacheControl: "no-store", .contentSecurityPolicy:
      "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    .noSniff: "nosniff", .referrerPolicy: "no-referrer",
  ]

  static func response(_ html: HTML, status: HTTPResponse.Status = .ok) -> Response {
    var headers = headers
    headers[.contentType] = "text/html; charset=utf-8"
    return Response(status: status, headers: headers, body: .init(byteBuffer: ByteBuffer(string: html.text)))
  }

  static func redirect(_ place: String) -> Response {
    var headers = headers
    headers[.location] = place
    return Response(status: .seeOther, headers: headers)
  }
}

extension HTTPField.Name {
  static let contentSecurityPolicy = Self("Content-Security-Policy")!
  static let noSniff = Self("X-Content-Type-Options")!
  static let referrerPolicy = Self("Referrer-Policy")!
}
