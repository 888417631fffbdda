import Host
import JSON
import Wire

extension WebClient {
  /// Another service's answer, whatever it says; nil where there is none, or no JSON.
  ///
  /// - Parameter limit: in bytes.
  func json(
    _ url: String, body: [UInt8]? = nil, bearer: String? = nil, limit: Int, milliseconds: Int
  ) async -> (status: Int, body: JSON)? {
    guard let reply = try? await call(url, body: body, bearer: bearer, limit: limit, milliseconds: milliseconds),
      let answer = try? JSON.parse(reply.body, limits: .stored)
    else { return nil }
    return (reply.status, answer)
  }
}
