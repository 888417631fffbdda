import HTTPTypes
import Host
import Hummingbird
import Identity
import JSON
import Lanes
import SignOn
import Storage
import Wire

/// Stands before every route: finds out who asks, looks into the table, and lets through who may.
///
/// For tasks it asks the very function that the step asks again under the task's lock (`Desk.refusal`), so that page, API and
/// whatever comes later cannot differ.
struct Gate: RouterMiddleware {
  let doors: Doors
  let decider: ReviewerDecider
  let store: any Store
  /// What a browser gets that has no session, or may not.
  let pages: PageRoutes
  /// Story time, as the step sees it.
  let now: @Sendable () -> Instant

  func handle(_ request: Request, context: BasicRequestContext, next: (Request, BasicRequestContext) async throws -> Response) async throws -> Response {
    // No route: the router says so.
    guard let path = context.endpointPath else { return try await next(request, context) }
    guard let entry = doors.entry(request.method, path) else { throw Problem(.notFound, "request", "There is no such call.") }
    let caller: Visitor?
    switch entry.door {
    case .open: return try await next(request, context)
    case .api: caller = try await doors.bearer(request)
    case .page:
      do { caller = try await doors.visitor(request) } catch let problem as Problem where request.method == .get && path != "/live" {
        return pages.failed(problem)
      }
    }
    guard var caller else {
      if request.method == .get, path != "/live" { return pages.signIn(to: request.uri.path) }
      throw request.method == .get ? Problem(.unauthorized, "unauthorized", "Sign in first.") : PageRoutes.notOfThisSession
    }
    caller.person = decider.duty.presence(at: now()).now(caller.person)
    guard !caller.isReadOnly || request.method == .get else { throw AccessTokens.unreachable }
    if let (code, why) = try await refusal(entry, caller.person, context) {
      guard entry.door == .page else { throw Problem(.forbidden, code, why) }
      return pages.refusal(why, caller)
    }
    // A page is shown all the same where they cannot be read.
    if entry.door == .page, let list = request.cookies[doors.sessions.listName]?.value.prefix(400) {
      let members = Form(Array(list.utf8))
      caller.list = TaskFilter { members[$0] }
    }
    if entry.door == .page { caller.preferences = (try? await PreferenceShelf(store: store).find(of: caller.person.full)) ?? .none }
    let visitor = caller
    return try await Visitor.$current.withValue(visitor) { try await next(request, context) }
  }

  private func refusal(_ entry: Access, _ person: Person, _ context: BasicRequestContext) async throws -> (code: String, why: String)? {
    switch entry.role {
    case .anonymous, .signedIn: return nil
    case .lead:
      return Gate.isLead(person) || person.groups.contains(dutyGroup) ? nil : ("forbidden", "Only leads and officers on duty may do this.")
    case .operator: return ("forbidden", "Only operators may do this.")
    case .part(let part): return try await refusal(part, person, try Edge.key(context))
    }
  }

  private func refusal(_ part: Part, _ person: Person, _ key: String) async throws -> (code: String, why: String)? {
    let task: ReviewTask?
    do {
      task = try await store.aside { try ReviewTask.stored(key, $0) }
    } catch is StoreError { throw CommandError.unavailable }
    // What is not open the step tells.
    guard let task, !task.isOver else { return nil }
    return Desk(decider: decider, key: key, task: task, now: now(), wall: .now).refusal(person, task, part)
  }

  /// Whether somebody may hear how a task stands; not while nobody can say.
  func maySee(_ person: Person, _ key: String) async -> Bool {
    let present = decider.duty.presence(at: now()).now(person)
    do { return try await refusal(.see, present, key) == nil } catch { return false }
  }

  static func isLead(_ person: Person) -> Bool { person.groups.contains { $0.hasSuffix("-leads") || $0 == "leads" } }

  /// - Throws: where a route has no entry, or an entry no route.
  func check(_ router: Router<BasicRequestContext>) throws(AccessError) {
    let routes = Set(router.routes.map { "\($0.method.rawValue) \($0.path.description)" })
    let known = Set(doors.table.map { "\($0.method.rawValue) \($0.path)" })
    let mistakes = routes.subtracting(known).sorted().map { "\($0) has no entry in the table of access" }
      + known.subtracting(routes).sorted().map { "\($0) is in the table of access, and no route" }
    guard mistakes.isEmpty else { throw AccessError(description: mistakes.joined(separator: "; ")) }
  }
}

/// The table of access and the routes differ: nobody is let in.
struct AccessError: Error, CustomStringConvertible {
  let description: String
}
