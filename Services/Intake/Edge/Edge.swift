import Foundation
import Host
import Hummingbird
import JSON
import Lanes
import Storage
import Wire

/// The HTTP interface of intake.
struct Edge: Sendable {
  let road: Road<IntakeDecider>
  let decider: IntakeDecider
  let policyKeys: PermitKeys

  /// The source whose bearer token the request carries. - Throws: 401.
  func source(of request: Request) throws(Problem) -> Source {
    guard let token = request.bearerToken, let source = decider.door.sources.source(token: token) else {
      throw Problem(
        .unauthorized, "unauthorized", "The bearer token of a registered source was expected (sources.yaml).")
    }
    return source
  }

  /// Hands what came in to the lanes and waits until what it leads to is durable.
  func submit(_ read: Result<Envelope, Rejection>, from source: Source) async throws -> IntakeAnswer {
    let record = "http/\(UUID().uuidString.lowercased())"
    let door = decider.door
    return try await road.perform(record) { context in
      switch read {
      case .success(let envelope): door.judge(envelope, record: record, .http(source: source.name), &context)
      case .failure(let rejection): .refuse(rejection, record: record)
      }
    }
  }

  /// The state of a case as the database has it now. - Throws: `CommandError.unavailable` where that cannot be read.
  func kept(_ caseID: String) throws -> Kept? {
    do { return try Kept.stored(caseID, road.store) } catch is StoreError { throw CommandError.unavailable }
  }
}

extension Kept {
  /// What the database holds of a case; nil where that is nothing.
  static func stored(_ caseID: String, _ store: any Store) throws -> Kept? {
    guard CaseKey.bytes(of: caseID) != nil else { return nil }
    let rows = try store.read { try $0.query("SELECT body FROM states WHERE key = ?", [.text(caseID)]) }
    guard case .blob(let body)? = rows.first?.first,
      case .kept(let kept) = try IntakeState(JSON.parse(body, limits: .stored))
    else { return nil }
    return kept
  }
}

extension IntakeAnswer {
  /// The one place where what became of an item turns into an HTTP answer.
  func response() throws(Problem) -> Response {
    switch self {
    case .taken(let caseID): return jsonResponse(["case": .string(caseID)], status: .accepted)
    case .repeated(let caseID): return jsonResponse(["case": .string(caseID), "repeated": true])
    case .withdrawn(let caseID): return jsonResponse(["case": .string(caseID), "withdrawn": true], status: .accepted)
    case .answered(let caseID): return jsonResponse(["case": .string(caseID), "answered": true], status: .accepted)
    case .noted(let caseID): return jsonResponse(["case": .string(caseID), "noted": true], status: .accepted)
    case .parked(let until): return jsonResponse(["waits_until": .string(until.description)], status: .accepted)
    case .refused(let code, let first, let violations): throw IntakeAnswer.problem(code, first, violations)
    case .found(let caseID, let waits):
      guard let caseID else {
        if waits { return jsonResponse(["status": "withdrawal_waits"]) }
        throw Problem(.notFound, "unknown", "No item of this source and id was taken in.")
      }
      return jsonResponse(["case": .string(caseID), "status": "taken"])
    }
  }

  private static func problem(_ code: String, _ first: String?, _ violations: [IntakeReply.Violation]) -> Problem {
    let listed: [JSON] = violations.map { violation in
      var object = JSONObject([
        ("pointer", .string(violation.pointer)), ("expected", .string(violation.expected)),
        ("found", .string(violation.found)),
      ])
      object["keyword"] = violation.keyword.map { .string($0) }
      return .object(object)
    }
    var more: [(String, JSON)] = [("violations", .array(listed))]
    if let first { more.append(("case", .string(first))) }
    switch Rejection.Code(rawValue: code) {
    case .tooLarge?: return Problem(.contentTooLarge, code, "The item is too large.", more: more)
    case .sourceForbidden?, .sourceUnknown?:
      return Problem(.forbidden, code, "This token may not send items of that source to that workflow.", more: more)
    case .idReused?:
      return Problem(.conflict, code, "Other content was taken in under this source and id before.", more: more)
    default:
      return Problem(.unprocessableContent, code, "Nothing was taken in; violations say what to change.", more: more)
    }
  }
}
