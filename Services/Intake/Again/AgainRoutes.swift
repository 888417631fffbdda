import Foundation
import Host
import HTTPTypes
import Hummingbird
import JSON
import Lanes
import Permits
import Vault
import Wire

/// Ended cases that are decided once more: `POST /v1/cases/{id}/appeals` for the source that had sent the item, on behalf of whoever it
/// concerns; `POST /v1/cases/{id}/reopenings` for the reviewer service, on behalf of somebody with the right to. 202 with the new case, once it
/// is durable.
struct AgainRoutes {
  let edge: Edge
  /// Nil where nobody has told where audit answers.
  let audit: AuditDoor?
  /// Of the reviewer service; nil where none is configured.
  let reviewers: PermitKeys?

  func add(to router: Router<BasicRequestContext>) {
    router.post("/v1/cases/:id/appeals") { request, context in
      let source = try edge.source(of: request)
      let words = try Words(JSON.parse(try await request.bytes(upTo: 64 << 10)))
      return try await answer {
        // Whether another source's case exists, open, ended or gone, is none of its business.
        let ended = try await find(context, for: source.name)
        guard ended.admitted.reopens?.kind != .appeal else { throw AgainError.enough }
        return try await takeUp(ended, .appeal, by: words.by ?? source.name, words.words)
      }
    }
    router.post("/v1/cases/:id/reopenings") { request, context in
      let bytes = try await request.bytes(upTo: 64 << 10)
      let id = context.parameters.get("id") ?? ""
      try await LookWord.admit(request.bearerToken, type: LookWord.reopening, for: id, bytes, by: reviewers, asked: "case")
      let words = try Words(JSON.parse(bytes))
      guard let person = words.by else { throw Problem(.badRequest, "body", "A member by was expected.") }
      return try await answer { try await takeUp(find(context, for: nil), .reopen, by: person, words.words) }
    }
  }

  private func find(_ context: BasicRequestContext, for source: String?) async throws -> EndedCase {
    let id = context.parameters.get("id") ?? ""
    guard CaseKey.madeAt(id) != nil else { throw AgainError.unknown }
    guard let audit else { throw AgainError.off }
    let ended = try await audit.find(id, for: source)
    guard ended.admitted.workflow != AdjudicationAsked.workflow else { throw AgainError.builtin }
    return ended
  }

  private func takeUp(_ ended: EndedCase, _ kind: Reopens.Kind, by: String, _ words: String) async throws -> IntakeAnswer {
    let door = edge.decider.door
    var values: [String: String] = [:]
    if let sealed = try edge.kept(ended.caseID)?.sealed ?? ended.admitted.sealed {
      guard let opened = try? door.sealer.open(sealed, caseID: ended.caseID) else { throw AgainError.gone }
      values = opened
    }
    let data = try ended.data(values)
    // Whoever wants it decided again does not decide it: a stolen session could turn what others refused into an approval.
    let barred = kind == .reopen && !ended.deciders.contains(by) ? ended.deciders + [by] : ended.deciders
    let reopens = Reopens(
      caseID: ended.caseID, kind: kind, by: by, words: words, outcome: ended.outcome, barred: barred)
    let record = "http/\(UUID().uuidString.lowercased())"
    return try await edge.road.perform(record) { context in door.takeUp(ended, data, reopens, record: record, &context) }
  }

  private func answer(_ body: () async throws -> IntakeAnswer) async throws -> Response {
    do { return try await body().response() } catch let error as AgainError { throw error.problem }
  }
}

/// `{"words", "by"?}`.
private struct Words {
  let words: String
  let by: String?

  init(_ json: JSON) throws(Problem) {
    guard let words = json["words"]?.string, !words.isEmpty, words.unicodeScalars.count <= RequesterAnswer.mostWords,
      !words.unicodeScalars.contains(where: { $0.value == 0 })
    else { throw Problem(.unprocessableContent, "words.missing", "Say why, in 1 to \(RequesterAnswer.mostWords) characters: a member words was expected.") }
    if let by = json["by"], by.string.flatMap({ plainText($0, atMost: 240) }) == nil {
      throw Problem(.unprocessableContent, "by", "A name of at most 240 bytes was expected in by.")
    }
    self.words = words
    by = json["by"]?.string
  }
}

extension AgainError {
  var problem: Problem {
    switch self {
    case .unknown: Problem(.notFound, "case.unknown", "Nothing is on record of such a case.")
    case .foreign: AgainError.unknown.problem
    case .open: Problem(.conflict, "case.open", "The case has not ended: what is to be said belongs to whoever decides it.")
    case .enough: Problem(.conflict, "appeal.enough", "This case came of an appeal itself; nobody appeals twice. Somebody of the house may reopen it.")
    case .builtin: Problem(.conflict, "case.builtin", "A judgement of a judgement is not taken up again.")
    case .gone: Problem(.gone, "case.gone", "What the item said is not kept any more: send it again as a new one.")
    case .off: Problem(.serviceUnavailable, "audit.unknown", "This installation has not told intake where audit is (AUDIT_URL): nothing can be taken up again.")
    case .unreachable: Problem(.serviceUnavailable, "audit.unreachable", "Audit does not tell of the case now: try it again in a moment.")
    }
  }
}
