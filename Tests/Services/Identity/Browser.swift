import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1

/// A plain client that keeps cookies as a browser does and follows nothing by itself.
final class Browser {
  struct Page: Sendable {
    let status: Int
    let headers: HTTPHeaders
    let text: String
    var location: String { headers.first(name: "Location") ?? "" }

    /// A value of the query of where it leads to.
    func member(_ name: String) -> String? { URLComponents(string: location)?.queryItems?.first { $0.name == name }?.value }
  }

  let base: String
  private let client: HTTPClient
  var cookies: [String: String] = [:]
  /// As they were set last, with their attributes.
  private(set) var set: [String] = []

  init(_ base: String, _ client: HTTPClient) {
    self.base = base
    self.client = client
  }

  /// - Parameter reads: whether the body is awaited; server-sent events have no end.
  func call(
    _ method: HTTPMethod, _ path: String, body: String? = nil, type: String = "application/x-www-form-urlencoded", bearer: String? = nil,
    headers: [(String, String)] = [], reads: Bool = true
  ) async throws -> Page {
    var request = HTTPClientRequest(url: path.hasPrefix("http") ? path : base + path)
    request.method = method
    if !cookies.isEmpty { request.headers.add(name: "Cookie", value: cookies.map { "\($0)=\($1)" }.sorted().joined(separator: "; ")) }
    if let bearer { request.headers.add(name: "Authorization", value: "Bearer \(bearer)") }
    for (name, value) in headers { request.headers.replaceOrAdd(name: name, value: value) }
    if let body {
      request.headers.add(name: "Content-Type", value: type)
      request.body = .bytes(Array(body.utf8))
    }
    let response = try await client.execute(request, timeout: .seconds(20))
    set = response.headers["Set-Cookie"]
    for line in set {
      let pair = line.prefix { $0 != ";" }.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      cookies[String(pair[0])] = line.contains("Max-Age=0") ? nil : String(pair[1])
    }
    let text = reads ? String(buffer: try await response.body.collect(upTo: 4 << 20)) : ""
    return Page(status: Int(response.status.code), headers: response.headers, text: text)
  }

  /// The mark that forms of this session bring with them.
  static func token(in page: String) -> String? {
    page.components(separatedBy: "name=\"token\" value=\"").dropFirst().first.map { String($0.prefix { $0 != "\"" }) }
  }

  /// A client that follows no redirect, for the time of `body`.
  static func with<Result>(_ body: (HTTPClient) async throws -> Result) async throws -> Result {
    let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: .init(redirectConfiguration: .disallow))
    do {
      let result = try await body(client)
      try await client.shutdown()
      return result
    } catch {
      try? await client.shutdown()
      throw error
    }
  }
}
