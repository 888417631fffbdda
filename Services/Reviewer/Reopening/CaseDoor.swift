import Host
import Identity
import JSON
import Permits
import Wire

/// Has an ended case taken up again: intake makes a new one of what is on record, with this service's own word for exactly that.
struct CaseDoor: Sendable {
  let url: String
  let web: WebClient
  let signing: SigningKey

  static let milliseconds = 10_000

  /// - Returns: `{"case"}` with 202, or 200 where it had been reopened before; else intake's refusal in its own words.
  func reopen(_ key: String, by person: Person, _ words: String) async -> DeskAnswer {
    let body = (["by": .string(person.full), "words": .string(words)] as JSON).canonical
    let word = LookWord(caseID: key, body: body, issuedAt: Instant.now.unixSeconds)
    guard let token = try? signing.sign(word.claims, type: LookWord.reopening),
      let reply = try? await web.call("\(url)/v1/cases/\(key)/reopenings", body: body, bearer: token, limit: 1 << 16, milliseconds: Self.milliseconds),
      let answer = try? JSON.parse(reply.body), reply.status < 500 || answer["code"] != nil
    else { return Self.away }
    return DeskAnswer(reply.status, answer)
  }

  static let away = DeskAnswer(
    503, ["code": "intake.unreachable", "detail": "Intake does not answer: nobody can say whether the case was taken up again. Do it once more; it is taken up once."])
}
