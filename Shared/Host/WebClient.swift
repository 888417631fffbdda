import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix

/// Calls to servers outside: bounded in time and size, never redirected.
public struct WebClient: Sendable {
  public struct Reply: Sendable {
    public let status: Int
    public let headers: HTTPHeaders
    public let body: [UInt8]
  }
  public enum Failure: Error, Sendable, Equatable {
    case timedOut
    case tooLarge
    /// What was sent may have arrived.
    case unreachable
    /// Nothing was sent: no connection came about.
    case notSent
  }

  private let client: HTTPClient

  /// - Parameter connections: to one host at once.
  public init(connections: Int) {
    var configuration = HTTPClient.Configuration(
      redirectConfiguration: .disallow, timeout: .init(connect: .seconds(10)))
    configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = connections
    client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
  }

  public func shutdown() async { try? await client.shutdown() }

  /// - Parameters:
  ///   - body: sent by POST; nil to GET.
  ///   - type: of the body.
  ///   - headers: further ones.
  ///   - limit: bytes of the answer at most.
  ///   - milliseconds: from the beginning to the last byte.
  public func call(
    _ url: String, body: [UInt8]? = nil, type: String = "application/json", bearer: String? = nil, headers: [(String, String)] = [],
    limit: Int, milliseconds: Int
  ) async throws(Failure) -> Reply {
    var request = HTTPClientRequest(url: url)
    request.headers.add(name: "Accept", value: "application/json")
    if let bearer { request.headers.add(name: "Authorization", value: "Bearer \(bearer)") }
    for (name, value) in headers { request.headers.add(name: name, value: value) }
    if let body {
      request.method = .POST
      request.headers.add(name: "Content-Type", value: type)
      request.body = .bytes(body)
    }
    let asked = request
    do {
      return try await withThrowingTaskGroup(of: Reply?.self) { group in
        group.addTask {
          let response = try await client.execute(asked, timeout: .milliseconds(Int64(milliseconds)))
          let body = try await response.body.collect(upTo: limit)
          return Reply(
            status: Int(response.status.code), headers: response.headers, body: Array(body.readableBytesView))
        }
        // The client's own deadline ends with the head; a body that drips would go on for ever.
        group.addTask {
          try await Task.sleep(for: .milliseconds(milliseconds))
          return nil
        }
        defer { group.cancelAll() }
        guard let first = try await group.next(), let reply = first else { throw Failure.timedOut }
        return reply
      }
    } catch let failure as Failure { throw failure } catch is NIOTooManyBytesError { throw .tooLarge } catch {
      if error is NIOConnectionError || error as? HTTPClientError == .connectTimeout { throw .notSent }
      let timeouts: [HTTPClientError] = [.deadlineExceeded, .readTimeout, .getConnectionFromPoolTimeout]
      throw timeouts.contains { $0 == error as? HTTPClientError } ? .timedOut : .unreachable
    }
  }
}
