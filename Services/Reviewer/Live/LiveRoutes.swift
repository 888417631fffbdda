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
/// - `event: task` with `?task=CASE`: `{version, state, holder}` of that task at the beginning and whenever one of them changes, and
///   `{"state": "ended"}` at its end.
///
/// No event holds content of a case. A comment every 15 seconds keeps the connection; who has lost it connects anew and reads
/// again what it shows.
struct LiveRoutes: Sendable {
  let feed: LiveFeed
  let store: any Store
  /// Whose request it is; nil where nobody has signed in, or not any more.
  let person: @Sendable (Request) async -> Person?

  func add(_ path: String, to router: Router<BasicRequestContext>) {
    router.get(RouterPath(path)) { request, _ in
      guard await person(request) != nil else { throw Problem(.unauthorized, "unauthorized", "Sign in first.") }
      let task = request.uri.queryParameters["task"].map(String.init)
      return Response(
        status: .ok, headers: [.contentType: "text/event-stream", .cacheControl: "no-store"],
        body: ResponseBody { writer in try await tell(task, request, &writer) })
    }
  }

  private func tell(_ task: String?, _ request: Request, _ writer: inout any ResponseBodyWriter) async throws {
    try await writer.write(ByteBuffer(string: ": connected\nretry: 2000\n\n"))
    // First listening, then looking: what changes in between is told.
    let signals = signals()
    var last = try await line(task)
    // A page was made before it listens: what came in between is told at once.
    if let last { try await writer.write(ByteBuffer(string: "event: task\ndata: \(last)\n\n")) }
    for await isChange in signals.cancelOnGracefulShutdown() {
      // Whoever may not sign in any more hears nothing any more.
      guard await person(request) != nil else { break }
      guard isChange else {
        try await writer.write(ByteBuffer(string: ":\n\n"))
        continue
      }
      var text = "event: tasks\ndata: {}\n\n"
      let now = try await line(task)
      if let now, now != last { text += "event: task\ndata: \(now)\n\n" }
      last = now
      try await writer.write(ByteBuffer(string: text))
    }
    try await writer.finish(nil)
  }

  private func line(_ task: String?) async throws -> String? {
    guard let task else { return nil }
    return try await standing(of: task)?.text ?? "{\"state\":\"ended\"}"
  }

  /// As far as a page that shows it needs to know; nil where the task is not open any more.
  private func standing(of task: String) async throws -> JSON? {
    let row = try await store.aside {
      try $0.read { try $0.query("SELECT version, phase, holder FROM states WHERE key = ?", [.text(task)]).first }
    }
    guard let row, case .integer(let version) = row[0], case .text(let phase) = row[1], case .text(let holder) = row[2] else { return nil }
    return ["version": .integer(version), "state": .string(phase), "holder": holder.isEmpty ? .null : .string(holder)]
  }

  /// True for a change, false where nothing has happened for 15 seconds.
  private func signals() -> AsyncStream<Bool> {
    let changes = feed.changes()
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
