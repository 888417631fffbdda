import Host
import JSON
import Wire

/// What the desk asks of audit over HTTP for its pages. Nothing here reckons: what is shown is what audit says.
struct AuditDoor: Sendable {
  let url: String
  let web: WebClient

  static let milliseconds = 5_000
  static let mostBytes = 4 << 20

  /// - Parameter path: with its query, of what the desk itself has checked.
  /// - Returns: audit's own words; nil where it does not answer, or not with 200.
  func get(_ path: String) async -> JSON? {
    guard let answer = await ask(path), answer.status == 200 else { return nil }
    return answer.body
  }

  /// Whatever it answers; nil where it gives no answer.
  func ask(_ path: String) async -> (status: Int, body: JSON)? {
    await web.json("\(url)\(path)", limit: Self.mostBytes, milliseconds: Self.milliseconds)
  }
}
