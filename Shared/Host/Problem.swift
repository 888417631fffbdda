import HTTPTypes
import Hummingbird
import JSON
import Lanes
import Logging
import NIOCore

/// An error as RFC 9457 (`application/problem+json`) says it. The one place where errors become HTTP statuses.
public struct Problem: Error, Sendable {
  public let status: HTTPResponse.Status
  /// A code of a closed set.
  public let code: String
  public let detail: String
  public var retryAfter: Int?
  /// Further members of the problem object.
  public var more: [(String, JSON)] = []

  public init(_ status: HTTPResponse.Status, _ code: String, _ detail: String, more: [(String, JSON)] = []) {
    self.status = status
    self.code = code
    self.detail = detail
    self.more = more
  }

  public init(_ error: any Error) {
    switch error {
    case let problem as Problem: self = problem
    case CommandError.overloaded(let seconds):
      self.init(.serviceUnavailable, "overloaded", "Too much waits to be written. Try again later; nothing was taken.")
      retryAfter = seconds
    case CommandError.unavailable:
      self.init(.serviceUnavailable, "unavailable", "The database cannot be reached now. Try again; nothing was taken.")
      retryAfter = 2
    case CommandError.unknown:
      self.init(.serviceUnavailable, "unknown", "Whether it was taken is not known. Send it again with the same id: it is taken once.")
      retryAfter = 1
    case CommandError.failed(let reason): self.init(.unprocessableContent, "failed", reason)
    case let error as HTTPError: self.init(error.status, "request", error.body ?? error.status.reasonPhrase)
    case let error as JSONError:
      self.init(.badRequest, "\(error.code)", error.description)
    default: self.init(.internalServerError, "internal", "Something went wrong here; the log says what.")
    }
  }

  var response: Response {
    var writer = JSONWriter()
    writer.object { writer in
      writer.member("type", "about:blank")
      writer.member("title", status.reasonPhrase)
      writer.member("status", Int(status.code))
      writer.member("code", code)
      writer.member("detail", detail)
      for (key, value) in more { writer.member(key, value) }
    }
    var response = jsonResponse(writer.finish(), status: status, type: "application/problem+json")
    if let retryAfter { response.headers[.retryAfter] = "\(retryAfter)" }
    return response
  }
}

struct ProblemMiddleware<Context: RequestContext>: RouterMiddleware {
  func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    do { return try await next(request, context) } catch {
      let problem = Problem(error)
      if problem.status == .internalServerError { context.logger.error("\(request.method) \(request.uri.path): \(error)") }
      return problem.response
    }
  }
}

public func jsonResponse(
  _ bytes: [UInt8], status: HTTPResponse.Status = .ok, type: String = "application/json"
) -> Response {
  Response(
    status: status,
    headers: [.contentType: type, .cacheControl: "no-store", .contentTypeOptions: "nosniff"],
    body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
}

public func jsonResponse(_ json: JSON, status: HTTPResponse.Status = .ok) -> Response {
  jsonResponse(json.canonical, status: status)
}

extension HTTPField.Name {
  static let contentTypeOptions = Self("X-Content-Type-Options")!
}

extension Request {
  /// The whole body. - Throws: 413 where it is longer than `limit` bytes.
  public func bytes(upTo limit: Int) async throws -> [UInt8] {
    do { return Array(buffer: try await body.collect(upTo: limit)) } catch is NIOTooManyBytesError {
      throw Problem(.contentTooLarge, "too_large", "A body of at most \(limit) bytes was expected.")
    }
  }

  /// The bearer token of the request (RFC 6750); nil where there is none.
  public var bearerToken: String? {
    guard let value = headers[.authorization], value.lowercased().hasPrefix("bearer ") else { return nil }
    return String(value.dropFirst(7))
  }
}
