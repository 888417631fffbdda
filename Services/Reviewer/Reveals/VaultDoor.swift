import Host
import Identity
import JSON
import Permits
import Wire

/// Asks the service that keeps a private value for it, with this service's own word for exactly that question. The value passes through and is
/// kept nowhere here.
struct VaultDoor: Sendable {
  /// Nil where nobody has told where it answers.
  let intake: String?
  let adapter: String?
  let web: WebClient
  let signing: SigningKey

  static let milliseconds = 10_000

  /// - Returns: `{"value"}` with 200, else why it cannot be had.
  func value(of ask: RevealAsk, in key: String, for person: Person, held: Desk.Holder) async -> DeskAnswer {
    guard let url = held == .intake ? intake : adapter else { return Self.away }
    let body = (["case": .string(key), "token": .string(ask.token), "by": .string(person.full), "code": .string(ask.code)] as JSON).canonical
    let word = LookWord(caseID: key, body: body, issuedAt: Instant.now.unixSeconds)
    guard let token = try? signing.sign(word.claims, type: LookWord.revealing),
      let reply = await web.json("\(url)/v1/reveal", body: body, bearer: token, limit: 1 << 20, milliseconds: Self.milliseconds)
    else { return Self.away }
    switch (reply.status, reply.body["value"]?.string) {
    case (200, let value?): return DeskAnswer(200, ["value": .string(value)])
    case (410, _): return DeskAnswer(410, ["code": "value.gone", "detail": "The value is not kept any more."])
    default: return Self.away
    }
  }

  static let away = DeskAnswer(
    503, ["code": "vault.unreachable", "detail": "The service that keeps the value does not give it now. That you asked is on record; ask again in a moment."])
}
