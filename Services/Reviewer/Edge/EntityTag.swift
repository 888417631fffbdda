import HTTPTypes
import Host
import Hummingbird
import JSON
import Wire

/// A weak entity tag (RFC 9110, section 8.8.3) of what a task looks like to somebody: the same as long as nothing but the
/// clock has moved on.
struct EntityTag: Equatable, Sendable {
  let text: String

  init(_ answer: JSON) {
    var object = answer.object ?? JSONObject()
    object["now"] = nil
    text = "W/\"\(hex(sha256(JSON.object(object).canonical).prefix(16)))\""
  }

  /// Whether a client that sends this `If-None-Match` has it already. By the weak comparison, which that header asks for.
  func isKnown(by header: String?) -> Bool {
    guard let header else { return false }
    let given = header.split(separator: ",").map { $0.drop { $0 == " " }.prefix { $0 != " " } }
    return given.contains { $0 == "*" || $0 == text || "W/\($0)" == text }
  }
}

extension DeskAnswer {
  /// The answer under its entity tag; 304 to whoever has it already.
  func response(to request: Request) throws(Problem) -> Response {
    var response = try response()
    let tag = EntityTag(body)
    if tag.isKnown(by: request.headers[.ifNoneMatch]) {
      response = Response(status: .notModified, headers: [.cacheControl: "no-store"])
    }
    response.headers[.eTag] = tag.text
    return response
  }
}
