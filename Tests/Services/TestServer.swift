import Hummingbird
import NIOCore

/// Runs `body` against a server on a free port of loopback.
func withServer(
  _ routes: (Router<BasicRequestContext>) -> Void, _ body: @escaping @Sendable (String) async throws -> Void
) async throws {
  let router = Router()
  routes(router)
  try await withServer(router, body)
}

/// The same of a router that is ready.
func withServer(_ router: Router<BasicRequestContext>, _ body: @escaping @Sendable (String) async throws -> Void) async throws {
  let (ports, found) = AsyncStream<Int>.makeStream()
  let app = Application(
    router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
    onServerRunning: { channel in found.yield(channel.localAddress?.port ?? 0) })
  try await withThrowingTaskGroup(of: Void.self) { group in
    group.addTask { try await app.run() }
    var port = ports.makeAsyncIterator()
    let number = await port.next() ?? 0
    defer { group.cancelAll() }
    try await body("http://127.0.0.1:\(number)")
  }
}
