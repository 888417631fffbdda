import HTTPTypes
import Host
import Hummingbird
import Identity
import JSON
import NIOCore
import ServiceLifecycle
import Storage
import Wire

/// Server-sent events (WHATWG HTML, section 9.2), for pages and for frontends of one's own.
///
/// - `event: tasks`: some task has changed, so that a list should be read again. At most one a second.
/// - `event: task` with `?task=CASE`: `{version, state, holder, viewers}` of that task at the beginning and whenever one of them changes, and
///   `{"state": "ended"}` at its end. `viewers` (`{person, name}`) are others who have it before them, as far as this instance knows.
///
/// Each `tasks` has an id; whoever comes again with it (`Last-Event-ID`) is told at once whether something has changed since. No event holds
/// content of a case, and of a case that somebody may not see nothing is told. A comment every 15 seconds keeps the connection.
struct LiveRoutes: Sendable {
  let feed: LiveFeed
  let store: any Store
  /// Whose request it is; nil where nobody has signed in, or not any more.
  let person: @Sendable (Request) async -> Person?
  /// Whether somebody may see a task; of one that is not open everybody may hear that.
  let maySee: @Sendable (Person, String) async -> Bool
  /// Somebody's name, by their id.
  let name: @Sendable (String) -> String

  func add(_ path: String, to router: Router<BasicRequestContext>) {
    router.get(RouterPath(path)) { request, _ in
      guard let visitor = await person(request) else { throw Problem(.unauthorized, "unauthorized", "Sign in first.") }
      let task = request.uri.queryParameters["task"].map(String.init)
      if let task {
        guard Edge.isKey(task) else { throw Problem(.notFound, "task.unknown", "No such task is open.") }
        guard await maySee(visitor, task) else { throw Problem(.forbidden, "task.forbidden", "This task is not yours to see.") }
      }
      return Response(
        status: .ok, headers: [.contentType: "text/event-stream", .cacheControl: "no-store"],
        body: ResponseBody { writer in try await tell(task, request, visitor, &writer) })
    }
  }

  private func tell(_ task: String?, _ request: Request, _ visitor: Person, _ writer: inout any ResponseBodyWriter) async throws {
    try await writer.write(ByteBuffer(string: ": connected\nretry: 2000\n\n"))
    // First listening, then looking: what changes in between is told.
    let signals = signals(task, visitor)
    var last = try await line(task, visitor)
    if let heard = request.headers[.lastEventID], feed.mark.map({ String($0) != heard }) ?? true {
      try await writer.write(ByteBuffer(string: tasks))
    }
    // A page was made before it listens: what came in between is told at once.
    if let last { try await writer.write(ByteBuffer(string: "event: task\ndata: \(last)\n\n")) }
    for await isChange in signals.cancelOnGracefulShutdown() {
      // Whoever may not sign in any more hears nothing any more.
      guard let now = await person(request) else { break }
      if !isChange, let task, await !maySee(now, task) { break }
      guard isChange else {
        try await writer.write(ByteBuffer(string: ":\n\n"))
        continue
      }
      var text = tasks
      let standing = try await line(task, visitor)
      if let standing, standing != last { text += "event: task\ndata: \(standing)\n\n" }
      last = standing
      try await writer.write(ByteBuffer(string: text))
    }
    try await writer.finish(nil)
  }

  private var tasks: String { (feed.mark.map { "id: \($0)\n" } ?? "") + "event: tasks\ndata: {}\n\n" }

  private func line(_ task: String?, _ visitor: Person) async throws -> String? {
    guard let task else { return nil }
    return try await standing(of: task, for: visitor)?.text ?? "{\"state\":\"ended\"}"
  }

  /// As far as a page that shows it needs to know; nil where the task is not open any more.
  private func standing(of task: String, for visitor: Person) async throws -> JSON? {
    let row = try await store.aside {
      try $0.read { try $0.query("SELECT version, phase, holder FROM states WHERE key = ?", [.text(task)]).first }
    }
    guard let row, case .integer(let version) = row[0], case .text(let phase) = row[1], case .text(let holder) = row[2] else { return nil }
    return [
      "version": .integer(version), "state": .string(phase), "holder": holder.isEmpty ? .null : .string(holder),
      "viewers": .array(feed.viewers(of: task, besides: visitor.id).map { ["person": .string($0), "name": .string(name($0))] }),
    ]
  }

  /// True for a change, false where nothing has happened for 15 seconds.
  private func signals(_ task: String?, _ visitor: Person) -> AsyncStream<Bool> {
    let changes = feed.changes(of: task, by: visitor.id)
    return AsyncStream { continuation in
      let telling = Task {
        for await _ in changes { continuation.yield(true) }
        continuation.finish()
      }
      let keeping = Task {
        while !Task.isCancelled {
          try? await Task.sleep(for: .seconds(15))
          continuation.yield(false)
        }
      }
      continuation.onTermination = { _ in
        telling.cancel()
        keeping.cancel()
      }
    }
  }
}

extension HTTPField.Name {
  static let lastEventID = Self("Last-Event-ID")!
}
