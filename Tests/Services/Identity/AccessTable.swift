/// What the table of access must come to, by hand: for each call the status that each of seven gets.
///
///     none    nobody: no token, no cookie
///     bad     a token or cookie that is none
///     other   signed in, in none of the groups that the task asks
///     asked   an agent: the task asks agents
///     lead    a lead: this task asks none
///     duty    a duty officer
///     self    an agent who asked for the action of the task
///
/// Forms and bodies are empty, so that what is let through ends at what is missing in them (400, 409, 422).
enum AccessTable {
  static let who = ["none", "bad", "other", "asked", "lead", "duty", "self"]

  static let api = """
    GET    /healthz                    200 200 200 200 200 200 200
    GET    /readyz                     200 200 200 200 200 200 200
    GET    /metrics                    200 200 200 200 200 200 200
    POST   /v1/operator/accept-loss    403 403 403 403 403 403 403
    GET    /.well-known/jwks.json      200 200 200 200 200 200 200
    GET    /v1/codes                   200 200 200 200 200 200 200
    GET    /v1/me                      401 401 200 200 200 200 200
    GET    /v1/me/preferences          401 401 200 200 200 200 200
    PUT    /v1/me/preferences          401 401 200 200 200 200 200
    GET    /v1/on-call                 401 401 200 200 200 200 200
    GET    /v1/absences                401 401 200 200 200 200 200
    POST   /v1/absences                401 401 400 400 400 400 400
    DELETE /v1/absences/{person}/{absence} 401 401 403 404 404 404 404
    POST   /v1/reports/{kind}/signature 401 401 403 403 422 422 422
    GET    /v1/queues                  401 401 200 200 200 200 200
    GET    /v1/queues/skips            401 401 403 403 200 200 200
    GET    /v1/tasks                   401 401 200 200 200 200 200
    GET    /v1/live                    401 401 200 200 200 200 200
    GET    /v1/stops                   401 401 503 503 503 503 503
    POST   /v1/stops                   401 401 403 403 422 422 422
    POST   /v1/starts                  401 401 403 403 422 422 422
    GET    /v1/tasks/{case}            401 401 403 200 403 200 403
    GET    /v1/queues/health           401 401 200 200 200 200 200
    GET    /v1/cases/{case}/story      401 401 403 200 403 200 403
    POST   /v1/cases/{case}/reopen     401 401 403 403 403 409 403
    GET    /v1/tasks/{case}/alike      401 401 403 200 403 200 403
    POST   /v1/tasks/{case}/sources/{source}/view 401 401 403 200 403 200 403
    GET    /v1/tasks/{case}/events     401 401 403 200 403 200 403
    POST   /v1/tasks/{case}/reveal     401 401 403 400 403 400 403
    POST   /v1/tasks/{case}/claim      401 401 403 200 403 200 403
    POST   /v1/tasks/{case}/acknowledge 401 401 403 409 403 409 403
    POST   /v1/tasks/{case}/extend     401 401 403 409 403 409 403
    POST   /v1/tasks/{case}/release    401 401 403 409 403 409 403
    POST   /v1/tasks/{case}/comments   401 401 403 422 403 422 403
    POST   /v1/tasks/{case}/hold       401 401 403 422 403 422 403
    POST   /v1/tasks/{case}/hand-over  401 401 403 409 403 409 403
    POST   /v1/tasks/{case}/help       401 401 403 422 403 422 403
    POST   /v1/tasks/{case}/skip       401 401 403 422 403 422 403
    POST   /v1/tasks/{case}/questions  401 401 403 422 403 422 403
    POST   /v1/tasks/{case}/decision   401 401 403 400 403 400 403
    POST   /v1/tasks/{case}/break-glass 401 401 403 403 403 403 403
    POST   /v1/tasks/{case}/assign     401 401 403 403 422 422 403
    POST   /v1/tasks/{case}/recall     401 401 403 403 409 409 403
    POST   /v1/tasks/{case}/undo       401 401 403 409 403 409 403
    GET    /v1/tasks/{case}/draft      401 401 404 404 404 404 404
    PUT    /v1/tasks/{case}/draft      401 401 400 400 400 400 400
    DELETE /v1/tasks/{case}/draft      401 401 204 204 204 204 204
    """

  static let page = """
    GET    /desk.css                   200 200 200 200 200 200 200
    GET    /desk.js                    200 200 200 200 200 200 200
    GET    /keys.js                    200 200 200 200 200 200 200
    GET    /settings                   200 200 200 200 200 200 200
    POST   /settings                   403 403 303 303 303 303 303
    POST   /settings/pins              403 403 422 422 422 422 422
    GET    /keys                       200 200 200 200 200 200 200
    POST   /keys                       403 403 404 404 404 404 404
    POST   /keys/end                   403 403 400 400 400 400 400
    POST   /tasks/{case}/action        403 403 403 200 403 200 403
    GET    /                           200 200 200 200 200 200 200
    GET    /live                       401 401 200 200 200 200 200
    GET    /queues                     200 200 200 200 200 200 200
    GET    /stops                      200 200 200 200 200 200 200
    POST   /stops                      403 403 403 403 422 422 422
    POST   /starts                     403 403 403 403 422 422 422
    GET    /exceptions                 200 200 200 200 200 200 200
    GET    /overview                   200 200 200 200 200 200 200
    GET    /workflows/{workflow}       200 200 200 200 200 200 200
    GET    /reports/{kind}             200 200 200 200 200 200 200
    POST   /reports/{kind}             403 403 403 403 422 422 422
    GET    /away                       200 200 200 200 200 200 200
    POST   /away                       403 403 400 400 400 400 400
    POST   /away/{person}/{absence}/end 403 403 403 404 404 404 404
    GET    /cases/{case}               200 200 403 200 403 200 403
    POST   /cases/{case}/reopen        403 403 403 403 403 409 403
    POST   /tasks/{case}/sources/{source}/view 403 403 403 303 403 303 403
    POST   /tasks/{case}/preview       403 403 403 200 403 200 403
    GET    /tasks/{case}               200 200 403 200 403 200 403
    POST   /tasks/{case}/reveal        403 403 403 422 403 422 403
    POST   /tasks/{case}/claim         403 403 403 303 403 303 403
    POST   /tasks/{case}/acknowledge   403 403 403 409 403 409 403
    POST   /tasks/{case}/extend        403 403 403 409 403 409 403
    POST   /tasks/{case}/release       403 403 403 409 403 409 403
    POST   /tasks/{case}/comments      403 403 403 422 403 422 403
    POST   /tasks/{case}/hold          403 403 403 422 403 422 403
    POST   /tasks/{case}/hand-over     403 403 403 409 403 409 403
    POST   /tasks/{case}/help          403 403 403 422 403 422 403
    POST   /tasks/{case}/skip          403 403 403 422 403 422 403
    POST   /tasks/{case}/questions     403 403 403 422 403 422 403
    POST   /tasks/{case}/decision      403 403 403 400 403 400 403
    POST   /tasks/{case}/break-glass   403 403 403 422 403 422 403
    POST   /tasks/{case}/renew         403 403 403 409 403 409 403
    POST   /tasks/{case}/assign        403 403 403 403 403 422 403
    POST   /tasks/{case}/recall        403 403 403 403 403 409 403
    POST   /tasks/{case}/undo          403 403 403 409 403 409 403
    POST   /tasks/{case}/draft         403 403 200 200 200 200 200
    POST   /sign-in                    303 303 303 303 303 303 303
    POST   /sign-out                   403 403 303 303 303 303 303
    """

  struct Row: Sendable {
    let method: String
    let path: String
    let who: String
    let status: Int
    let isPage: Bool
  }

  static let rows: [Row] = read(api, isPage: false) + read(page, isPage: true)

  private static func read(_ text: String, isPage: Bool) -> [Row] {
    text.split(separator: "\n").flatMap { line -> [Row] in
      let words = line.split(separator: " ").map(String.init)
      return zip(who, words.dropFirst(2)).map { Row(method: words[0], path: words[1], who: $0, status: Int($1) ?? 0, isPage: isPage) }
    }
  }
}
