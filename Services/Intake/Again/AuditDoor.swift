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

  /// - Parameter source: who asks; nil for the house itself. A case of another source's is `foreign`, whatever became of it.
  func find(_ caseID: String, for source: String?) async throws(AgainError) -> EndedCase {
    let reply: WebClient.Reply
    do { reply = try await web.call("\(url)/v1/cases/\(caseID)/ended", bearer: token, limit: Self.limit, milliseconds: Self.milliseconds) } catch {
      throw .unreachable
    }
    switch reply.status {
    case 200:
      guard let told = try? JSON.parse(reply.body, limits: .stored) else { throw .unreachable }
      let ended = try EndedCase(caseID, told)
      guard source == nil || source == ended.admitted.source else { throw .foreign }
      return ended
    case 404: throw .unknown
    case 409: throw Self.isOwn(reply, source) ? .open : .foreign
    case 410: throw Self.isOwn(reply, source) ? .gone : .foreign
    default: throw .unreachable
    }
  }

  /// Whether audit names whoever asks as the source of the case that it cannot tell of.
  private static func isOwn(_ reply: WebClient.Reply, _ source: String?) -> Bool {
    guard let source else { return true }
    let origin = (try? JSON.parse(reply.body, limits: .stored))?["origin"]?.string ?? ""
    return origin.utf8.starts(with: "\(source)/".utf8)
  }
}
