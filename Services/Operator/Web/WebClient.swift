import AsyncHTTPClient
import Foundation
import JSON
import NIOCore
import NIOHTTP1

/// Calls one of our services over HTTP.
struct WebClient: Sendable {
  struct Answer: Sendable {
    let status: UInt
    let body: [UInt8]
    /// The header `Date`, as it came.
    let date: String?
    let retryAfter: Int?
    /// Where an export goes on, and how far it is (`DONE/OF`).
    var next: String?
    var progress: String?

    var json: JSON? { try? JSON.parse(body, limits: JSONLimits(bytes: 64 << 20, depth: 256, anyInteger: true)) }
  }

  let base: String
  let token: String?

  /// - Parameter tokenFile: a file with the bearer token, or nil.
  init(_ base: String, tokenFile: String?) throws {
    guard let url = URL(string: base), url.scheme == "http" || url.scheme == "https", url.host != nil else {
      throw OperatorError("\(base) is no address: http://HOST:PORT was expected.")
    }
    self.base = base.hasSuffix("/") ? String(base.dropLast()) : base
    token = try tokenFile.map { path in
      guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
        throw OperatorError("\(path) cannot be read: a file with a bearer token was expected.")
      }
      return text.trimmingCharacters(in: .whitespacesAndNewlines)
    }
  }

  func get(_ path: String) async throws -> Answer { try await send(.GET, path, nil) }

  func post(_ path: String, json body: [UInt8]) async throws -> Answer { try await send(.POST, path, body) }

  private func send(_ method: HTTPMethod, _ path: String, _ body: [UInt8]?) async throws -> Answer {
    var request = HTTPClientRequest(url: base + path)
    request.method = method
    if let token { request.headers.add(name: "Authorization", value: "Bearer \(token)") }
    if let body {
      request.headers.add(name: "Content-Type", value: "application/json")
      request.body = .bytes(ByteBuffer(bytes: body))
    }
    do {
      let response = try await HTTPClient.shared.execute(request, timeout: .seconds(15))
      let buffer = try await response.body.collect(upTo: 64 << 20)
      return Answer(
        status: response.status.code, body: Array(buffer.readableBytesView), date: response.headers.first(name: "Date"),
        retryAfter: response.headers.first(name: "Retry-After").flatMap { Int($0) },
        next: response.headers.first(name: "Countersign-Next"), progress: response.headers.first(name: "Countersign-Progress"))
    } catch {
      let why = "\(error)".contains("refused") ? "nobody listens there" : "\(error)"
      throw OperatorError("\(base) does not answer: \(why). Is the service running? `countersign doctor` tells what is.")
    }
  }

  /// The answer's JSON to a body. - Throws: the problem's own words for any status but 2xx.
  func posted(_ path: String, _ body: JSON) async throws -> JSON {
    try told(try await post(path, json: body.canonical), path)
  }

  /// The answer's JSON. - Throws: the problem's own words for any status but 2xx.
  func json(_ path: String) async throws -> JSON {
    try told(try await get(path), path)
  }

  private func told(_ answer: Answer, _ path: String) throws -> JSON {
    guard (200..<300).contains(answer.status), let json = answer.json else {
      throw OperatorError("\(base)\(path): \(answer.status) \(answer.json?["detail"]?.string ?? "")")
    }
    return json
  }
}
