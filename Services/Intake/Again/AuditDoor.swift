import Host
import JSON
import Wire

/// Asks audit for an ended case: its records are where content still is when every other service has let go of it.
struct AuditDoor: Sendable {
  let url: String
  let web: WebClient
  /// Opens ended cases, one at a time, and nothing else.
  let token: String

  static let milliseconds = 5_000, limit = 8 << 20

  func find(_ caseID: String) async throws(AgainError) -> EndedCase {
    let reply: WebClient.Reply
    do { reply = try await web.call("\(url)/v1/cases/\(caseID)/ended", bearer: token, limit: Self.limit, milliseconds: Self.milliseconds) } catch {
      throw .unreachable
    }
    switch reply.status {
    case 200:
      guard let told = try? JSON.parse(reply.body, limits: .stored) else { throw .unreachable }
      return try EndedCase(caseID, told)
    case 404: throw .unknown
    case 409: throw .open
    case 410: throw .gone
    default: throw .unreachable
    }
  }
}
