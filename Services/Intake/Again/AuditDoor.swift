import Host
import JSON
import Wire

/// Asks audit for an ended case: its records are where content still is when every other service has let go of it.
struct AuditDoor: Sendable {
  let url: String
  let web: WebClient
  /// Opens contents.
  let token: String

  static let milliseconds = 5_000, limit = 8 << 20

  func find(_ caseID: String) async throws(AgainError) -> EndedCase {
    let reply: WebClient.Reply
    do { reply = try await web.call("\(url)/v1/cases/\(caseID)", bearer: token, limit: Self.limit, milliseconds: Self.milliseconds) } catch {
      throw .unreachable
    }
    if reply.status == 404 { throw .unknown }
    guard reply.status == 200, let story = try? JSON.parse(reply.body, limits: .stored) else { throw .unreachable }
    // Without its contents the answer tells of no item: the token is not one that opens them.
    guard story["content"]?.string == "shown" else { throw .unreachable }
    return try EndedCase(caseID, story)
  }
}
