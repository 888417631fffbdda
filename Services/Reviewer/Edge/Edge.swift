import Foundation
import HTTPTypes
import Host
import Hummingbird
import Identity
import JSON
import Lanes
import Permits
import Wire

/// What the JSON API and the page share: who is there, and commands to the lanes. Every rule is in the step.
struct Edge: Sendable {
  let road: Road<ReviewerDecider>
  let decider: ReviewerDecider
  let drafts: DraftShelf
  var keys: KeyDesk?
  /// Nil where nobody has told where model-adapter answers: then decisions rest on sources as they were shown.
  var sources: SourceDoor?
  let tallies = Lately<[Tally]>()
  let healths = Lately<[QueueHealth]>()

  var people: People { decider.people }
  var tasks: TaskList { TaskList(store: road.store, presence: presence, tallies: tallies) }
  var presence: Presence { decider.duty.presence(at: now) }

  /// Story time, as the step sees it.
  var now: Instant { road.clock.story }

  /// Whom the gate has let in. - Throws: 401 where no gate has been passed.
  func caller() throws(Problem) -> Visitor {
    guard let caller = Visitor.current else { throw Problem(.unauthorized, "unauthorized", "The bearer token of a known person was expected.") }
    return caller
  }

  /// The person whom the gate has let in. - Throws: 401 where no gate has been passed.
  func person() throws(Problem) -> Person { try caller().person }

  /// The case that the path names. - Throws: 404 for what no case id looks like.
  static func key(_ context: BasicRequestContext) throws(Problem) -> String {
    let key = context.parameters.get("case") ?? ""
    guard isKey(key) else { throw Problem(.notFound, "task.unknown", "No such task is open.") }
    return key
  }

  /// Whether a text looks like the id of a case.
  static func isKey(_ text: some StringProtocol) -> Bool {
    text.utf8.count == 36 && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) || $0 == 0x2D }
  }

  /// What a client has sent. - Throws: 400, with what was expected.
  static func sent<Value>(_ read: () throws(WireError) -> Value) throws(Problem) -> Value {
    do throws(WireError) { return try read() } catch { throw Problem(.badRequest, "body", error.description) }
  }

  /// A decision, after a look at the sources of the case where the step wants one. That look holds for one version: of another the step wants
  /// its own.
  func decide(_ key: String, _ person: Person, _ given: Submission) async throws -> DeskAnswer {
    var given = given
    if given.verb == .approve || given.verb == .reject { given.precedent = Precedent(try memory.alike(key, for: person, people)) }
    for _ in 0..<3 {
      let answer = try await perform(key, person, .decide(given))
      guard let needed = LookNeeded(answer) else { return answer }
      given.looked = await sources?.look(key, needed) ?? Looked(view: needed.view, sources: nil)
    }
    throw CommandError.unavailable
  }

  func perform(_ key: String, _ person: Person, _ command: Command) async throws -> DeskAnswer {
    try await road.perform(UUID().uuidString.lowercased()) { _ in .command(key, person, command) }
  }
}

extension DeskAnswer {
  var isRefusal: Bool { status >= 400 }
  var detail: String { body["detail"]?.string ?? "" }

  /// The one place where a refusal of the step becomes a problem of HTTP.
  func response() throws(Problem) -> Response {
    guard isRefusal else { return jsonResponse(body, status: .init(code: status)) }
    let more = (body.object?.members ?? []).filter { $0.key != "code" && $0.key != "detail" }
    throw Problem(named, body["code"]?.string ?? "refused", detail, more: more.map { ($0.key, $0.value) })
  }

  /// With the words that become a problem's title.
  private var named: HTTPResponse.Status {
    switch status {
    case 403: .forbidden
    case 404: .notFound
    case 409: .conflict
    case 422: .unprocessableContent
    default: .init(code: status)
    }
  }
}
