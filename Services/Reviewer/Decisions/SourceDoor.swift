import Host
import JSON
import Permits
import Wire

/// Asks model-adapter what the sources of a case say now, with this service's own word for exactly that question.
struct SourceDoor: Sendable {
  let url: String
  let web: WebClient
  let signing: SigningKey

  /// Longer than any policy lets a source take; model-adapter itself waits as long as the policy says.
  static let milliseconds = 65_000

  func look(_ caseID: String, _ needed: LookNeeded) async -> Looked {
    let body = needed.body.canonical
    let word = LookWord(caseID: caseID, body: body, issuedAt: Instant.now.unixSeconds)
    guard let token = try? signing.sign(word.claims, type: LookWord.type),
      let answer = await web.json("\(url)/v1/look", body: body, bearer: token, limit: 4 << 20, milliseconds: Self.milliseconds),
      answer.status == 200, let told = answer.body["sources"]?.array
    else { return Looked(view: needed.view, sources: nil) }
    let sources = told.compactMap { LookedAt($0) }
    // Half an answer is none: what it does not speak of would pass for the same.
    let isWhole = (needed.body["sources"]?.object?.keys ?? []).allSatisfy { name in sources.contains { $0.name.sameCodePoints(as: name) } }
    return Looked(view: needed.view, sources: isWhole ? sources : nil)
  }
}
