import Host
import JSON
import Wire

/// What the desk asks of policy over HTTP for a page, and passes on for a person. Nothing here decides: policy checks everything again, and
/// works without the desk.
struct PolicyDoor: Sendable {
  let url: String
  let web: WebClient

  static let milliseconds = 2_000

  /// Policy's own words; nil where it does not answer.
  func get(_ path: String) async -> JSON? {
    guard let answer = await web.json("\(url)\(path)", limit: 1 << 20, milliseconds: Self.milliseconds), answer.status == 200 else { return nil }
    return answer.body
  }

  /// - Parameter bearer: this service's word for a person; nil where the body holds what the person signed.
  func post(_ path: String, _ body: JSON, bearer: String? = nil) async -> DeskAnswer {
    guard let reply = try? await web.call("\(url)\(path)", body: body.canonical, bearer: bearer, limit: 1 << 16, milliseconds: Self.milliseconds),
      let answer = try? JSON.parse(reply.body)
    else { return Self.away }
    return DeskAnswer(reply.status, answer)
  }

  static let away = DeskAnswer(
    503, ["code": "policy.unreachable", "detail": "Policy does not answer: nobody can say whether this has happened. Look again, or use countersign stop."])
}
