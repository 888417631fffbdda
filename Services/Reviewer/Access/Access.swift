import HTTPTypes

/// Who may call what: the one table of the reviewer's routes. The gate enforces it, and a route without an entry keeps the service
/// from starting.
struct Access: Sendable {
  enum Role: Sendable, Equatable {
    case anonymous
    /// Any person of the directory.
    case signedIn
    /// A person who has to do with the task that the path names, as the step sees it.
    case part(Part)
    /// Members of a group whose name says so, `…-leads`, and officers on duty.
    case lead
    /// The bearer of `ADMIN_TOKEN_FILE`; enforced by the host, the same for all services.
    case `operator`
  }

  /// By what a caller shows who they are.
  enum Door: Sendable {
    /// A bearer token.
    case api
    /// The page's session; forms bring its mark with them.
    case page
    /// Nothing is looked at.
    case open
  }

  enum Mode: Sendable { case always, demo, provider }

  let method: HTTPRequest.Method
  let path: String
  let door: Door
  let role: Role
  var mode = Mode.always

  init(_ method: HTTPRequest.Method, _ path: String, _ door: Door, _ role: Role, _ mode: Mode = .always) {
    (self.method, self.path, self.door, self.role, self.mode) = (method, path, door, role, mode)
  }

  static let table: [Access] = [
    Access(.get, "/healthz", .open, .anonymous),
    Access(.get, "/readyz", .open, .anonymous),
    Access(.get, "/metrics", .open, .anonymous),
    Access(.post, "/v1/operator/accept-loss", .open, .operator),

    Access(.get, "/.well-known/jwks.json", .open, .anonymous),
    Access(.get, "/v1/codes", .open, .anonymous),
    Access(.get, "/v1/me", .api, .signedIn),
    Access(.get, "/v1/me/preferences", .api, .signedIn),
    Access(.put, "/v1/me/preferences", .api, .signedIn),
    Access(.get, "/v1/on-call", .api, .signedIn),
    // Everybody for themselves; for whom else, the step says.
    Access(.get, "/v1/absences", .api, .signedIn),
    Access(.post, "/v1/absences", .api, .signedIn),
    Access(.delete, "/v1/absences/{person}/{absence}", .api, .signedIn),
    Access(.post, "/v1/reports/{kind}/signature", .api, .lead),
    Access(.get, "/v1/queues", .api, .signedIn),
    Access(.get, "/v1/queues/health", .api, .signedIn),
    Access(.get, "/v1/queues/skips", .api, .lead),
    Access(.get, "/v1/tasks", .api, .signedIn),
    Access(.get, "/v1/live", .api, .signedIn),
    // What policy says of itself; who may stop or start, policy says again.
    Access(.get, "/v1/stops", .api, .signedIn),
    Access(.post, "/v1/stops", .api, .lead),
    Access(.post, "/v1/starts", .api, .lead),
    Access(.get, "/v1/tasks/{case}", .api, .part(.see)),
    Access(.get, "/v1/tasks/{case}/events", .api, .part(.see)),
    Access(.get, "/v1/tasks/{case}/alike", .api, .part(.see)),
    Access(.post, "/v1/tasks/{case}/sources/{source}/view", .api, .part(.see)),
    // Also of cases that have ended, of which the gate knows nothing: the step says whether the person had to do with it.
    Access(.get, "/v1/cases/{case}/story", .api, .signedIn),
    // And the same for whoever may read it.
    Access(.post, "/v1/cases/{case}/reopen", .api, .lead),
    // Each time is on record before the value leaves its vault.
    Access(.post, "/v1/tasks/{case}/reveal", .api, .part(.handle)),
    Access(.post, "/v1/tasks/{case}/claim", .api, .part(.handle)),
    Access(.post, "/v1/tasks/{case}/acknowledge", .api, .part(.handle)),
    Access(.post, "/v1/tasks/{case}/extend", .api, .part(.handle)),
    Access(.post, "/v1/tasks/{case}/release", .api, .part(.handle)),
    Access(.post, "/v1/tasks/{case}/comments", .api, .part(.comment)),
    Access(.post, "/v1/tasks/{case}/hold", .api, .part(.handle)),
    Access(.post, "/v1/tasks/{case}/hand-over", .api, .part(.handle)),
    Access(.post, "/v1/tasks/{case}/help", .api, .part(.handle)),
    Access(.post, "/v1/tasks/{case}/skip", .api, .part(.handle)),
    Access(.post, "/v1/tasks/{case}/questions", .api, .part(.handle)),
    Access(.post, "/v1/tasks/{case}/decision", .api, .part(.handle)),
    // Who of them, the case's policy says; the sign-in is at most five minutes old.
    Access(.post, "/v1/tasks/{case}/break-glass", .api, .part(.handle)),
    Access(.post, "/v1/tasks/{case}/undo", .api, .part(.undo)),
    // By those who lead whoever is asked: another right than deciding.
    Access(.post, "/v1/tasks/{case}/assign", .api, .part(.lead)),
    Access(.post, "/v1/tasks/{case}/recall", .api, .part(.lead)),
    // Drafts are their writer's alone, also when the task has ended.
    Access(.get, "/v1/tasks/{case}/draft", .api, .signedIn),
    Access(.put, "/v1/tasks/{case}/draft", .api, .signedIn),
    Access(.delete, "/v1/tasks/{case}/draft", .api, .signedIn),

    Access(.get, "/desk.css", .open, .anonymous),
    Access(.get, "/desk.js", .open, .anonymous),
    Access(.get, "/keys.js", .open, .anonymous),
    Access(.get, "/", .page, .signedIn),
    Access(.get, "/live", .page, .signedIn),
    Access(.get, "/queues", .page, .signedIn),
    Access(.get, "/stops", .page, .signedIn),
    Access(.post, "/stops", .page, .lead),
    Access(.post, "/starts", .page, .lead),
    Access(.get, "/exceptions", .page, .signedIn),
    // What audit says of itself.
    Access(.get, "/overview", .page, .signedIn),
    Access(.get, "/workflows/{workflow}", .page, .signedIn),
    Access(.get, "/reports/{kind}", .page, .signedIn),
    Access(.post, "/reports/{kind}", .page, .lead),
    Access(.get, "/away", .page, .signedIn),
    Access(.post, "/away", .page, .signedIn),
    Access(.post, "/away/{person}/{absence}/end", .page, .signedIn),
    Access(.get, "/settings", .page, .signedIn),
    Access(.post, "/settings", .page, .signedIn),
    Access(.post, "/settings/pins", .page, .signedIn),
    Access(.get, "/keys", .page, .signedIn),
    Access(.post, "/keys", .page, .signedIn),
    Access(.post, "/keys/end", .page, .signedIn),
    Access(.get, "/cases/{case}", .page, .signedIn),
    Access(.post, "/cases/{case}/reopen", .page, .lead),
    Access(.get, "/tasks/{case}", .page, .part(.see)),
    Access(.post, "/tasks/{case}/sources/{source}/view", .page, .part(.see)),
    Access(.post, "/tasks/{case}/preview", .page, .part(.handle)),
    Access(.post, "/tasks/{case}/action", .page, .part(.handle)),
    Access(.post, "/tasks/{case}/reveal", .page, .part(.handle)),
    Access(.post, "/tasks/{case}/claim", .page, .part(.handle)),
    Access(.post, "/tasks/{case}/acknowledge", .page, .part(.handle)),
    Access(.post, "/tasks/{case}/extend", .page, .part(.handle)),
    Access(.post, "/tasks/{case}/renew", .page, .part(.handle)),
    Access(.post, "/tasks/{case}/release", .page, .part(.handle)),
    Access(.post, "/tasks/{case}/comments", .page, .part(.comment)),
    Access(.post, "/tasks/{case}/hold", .page, .part(.handle)),
    Access(.post, "/tasks/{case}/hand-over", .page, .part(.handle)),
    Access(.post, "/tasks/{case}/help", .page, .part(.handle)),
    Access(.post, "/tasks/{case}/skip", .page, .part(.handle)),
    Access(.post, "/tasks/{case}/questions", .page, .part(.handle)),
    Access(.post, "/tasks/{case}/decision", .page, .part(.handle)),
    Access(.post, "/tasks/{case}/break-glass", .page, .part(.handle)),
    Access(.post, "/tasks/{case}/undo", .page, .part(.undo)),
    Access(.post, "/tasks/{case}/assign", .page, .part(.lead)),
    Access(.post, "/tasks/{case}/recall", .page, .part(.lead)),
    Access(.post, "/tasks/{case}/draft", .page, .signedIn),
    Access(.post, "/sign-out", .page, .signedIn),

    Access(.post, "/sign-in", .open, .anonymous, .demo),
    Access(.get, "/sign-in", .open, .anonymous, .provider),
    Access(.get, "/sign-in/callback", .open, .anonymous, .provider),
    // The provider's own signature says who speaks.
    Access(.post, "/back-channel-logout", .open, .anonymous, .provider),
  ]

  private static let places = Dictionary(table.map { ("\($0.method.rawValue) \($0.path)", [$0]) }, uniquingKeysWith: +)

  /// - Parameter path: as the router has it, with the names of its parameters.
  static func entry(_ method: HTTPRequest.Method, _ path: String, demo isDemo: Bool, provider hasProvider: Bool) -> Access? {
    places["\(method.rawValue) \(path)"]?.first { $0.mode == .always || $0.mode == (isDemo ? .demo : hasProvider ? .provider : nil) }
  }
}
