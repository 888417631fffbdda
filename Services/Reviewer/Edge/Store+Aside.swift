import NIOPosix
import Storage

extension Store {
  /// The database blocks its thread, which must be none of those that serve requests.
  func aside<Result: Sendable>(_ body: @escaping @Sendable (any Store) throws -> Result) async throws -> Result {
    try await NIOThreadPool.singleton.runIfActive { try body(self) }
  }
}
