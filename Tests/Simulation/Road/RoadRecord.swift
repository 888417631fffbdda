import Crypto
import JSON
import Messaging
import Permits
import Wire

/// The system of record, and what was done to it.
final class RoadRecord: @unchecked Sendable {
  private var states: [String: JSON] = [:]
  /// How often each effect was performed.
  private(set) var performed: [String: Int] = [:]

  func state(of target: String) -> JSON? { states[target] }

  func open(_ ticket: String, subject: String) {
    let target = "/tickets/\(ticket)"
    guard states[target] == nil else { return }
    states[target] = ["id": .string(ticket), "subject": .string(subject), "status": "open", "summary": .null]
  }

  /// Somebody else writes to the ticket.
  func touch(_ world: World) {
    guard let target = world.pick(states.keys.sorted()) else { return }
    change(target) { $0["status"] = .string("touched \(world.clock.wall.microseconds)") }
  }

  fileprivate func perform(_ effect: String, _ action: JSON) -> (before: JSON, after: JSON)? {
    guard let target = action["target"]?.string, let before = states[target] else { return nil }
    performed[effect, default: 0] += 1
    change(target) { $0["summary"] = action["body"]?["summary"] ?? .null }
    return (before, states[target] ?? .null)
  }

  private func change(_ target: String, _ body: (inout JSONObject) -> Void) {
    guard var object = states[target]?.object else { return }
    body(&object)
    states[target] = .object(object)
  }
}

/// An executor outside: it acts on permits, each effect once, and answers, sometimes late and sometimes twice.
final class RoadExecutor {
  private let record: RoadRecord
  private var offsets: [Int32: Int64] = [:]
  private var run = ""
  private var results: [String: Result] = [:]
  private var revoked: Set<String> = []
  private var answers: [(due: Instant, permit: Fields, result: Result)] = []

  private struct Result {
    let status: String
    var before: JSON?
    var after: JSON?
  }

  init(_ record: RoadRecord) { self.record = record }

  func serve(_ world: World) throws {
    guard !world.broker.away else { return }
    // A broker that has forgotten begins at 0 again.
    if world.broker.run != run { (run, offsets) = (world.broker.run, [:]) }
    for lane in 0..<World.lanes {
      let messages = try world.log(TopicPartition(Topic.permits.name, lane))
      // A log that was cut is read again from where it ends: what was done is known.
      for message in messages where message.offset >= offsets[lane] ?? 0 { try take(message.frame, world) }
      offsets[lane] = (messages.last?.offset ?? -1) + 1
    }
    let now = world.clock.wall
    let due = answers.filter { $0.due <= now }
    answers.removeAll { $0.due <= now }
    for answer in due { try put(answer.permit, answer.result, world) }
  }

  private func take(_ frame: Frame, _ world: World) throws {
    switch frame.text("ce_type") {
    case PermitRevoked.type: revoked.insert(try PermitRevoked(Fields(of: frame)).effect)
    case PermitIssued.type:
      let issued = try PermitIssued(Fields(of: frame))
      let parts = issued.permit.utf8.split(separator: UInt8(ascii: "."))
      guard parts.count == 3, let text = bytes(base64url: parts[1]) else { return world.violate("a permit that is no JWS") }
      let claims = try Fields(JSON.parse(text, limits: .stored))
      let result = try judge(claims, issued.action, world)
      let late = world.isChaotic && world.chance(0.1) ? 400.0 : 2.0
      answers.append((world.clock.wall.adding(seconds: Double.random(in: 0...late, using: &world.random)), claims, result))
      if world.isChaotic, world.chance(0.1) { answers.append((world.clock.wall.adding(seconds: 3), claims, result)) }
    default: break
    }
  }

  private func judge(_ claims: Fields, _ action: JSON, _ world: World) throws -> Result {
    let effect = try claims.text("eff")
    if let known = results[effect] { return known }
    if revoked.contains(effect) { return Result(status: "refused") }
    if try world.clock.wall.unixSeconds > claims.integer("exp") + 60 { return Result(status: "refused") }
    guard try actionHash(action) == claims.text("act"), let target = action["target"]?.string,
      let state = record.state(of: target)
    else { return Result(status: "refused") }
    if let pre = claims.optionalText("pre"), let salt = claims.optionalText("salt").flatMap({ bytes(base64url: $0.utf8) }),
      preconditionDigest(state, salt: salt) != pre
    {
      results[effect] = Result(status: "precondition.changed", before: state)
      return Result(status: "precondition.changed", before: state)
    }
    guard let done = record.perform(effect, action) else { return Result(status: "failed") }
    let result = Result(status: "executed", before: done.before, after: done.after)
    results[effect] = result
    return result
  }

  /// The signed statement goes to the door.
  private func put(_ permit: Fields, _ result: Result, _ world: World) throws {
    var claims = JSONObject([
      ("iss", .string(RoadParts.executorName)), ("eff", .string(try permit.text("eff"))), ("jti", .string(try permit.text("jti"))),
      ("case", .string(try permit.text("case"))), ("status", .string(result.status)), ("reason", ""),
    ])
    var body = JSONObject()
    for (name, state) in [("before", result.before), ("after", result.after)] {
      guard let state else { continue }
      claims["\(name)_digest"] = .string(hex(sha256(state.canonical)))
      body[name] = state
    }
    let head: JSON = ["alg": "EdDSA", "kid": .string(RoadParts.executorName), "typ": .string(ExecutorAnswer.type)]
    var text = base64url(head.canonical) + [UInt8(ascii: ".")] + base64url(JSON.object(claims).canonical)
    text += [UInt8(ascii: ".")] + base64url(Array(try RoadParts.executor.get().signature(for: text)))
    body["answer"] = .string(String(decoding: text, as: UTF8.self))
    let partition = Int32.random(in: 0..<World.doorPartitions, using: &world.random)
    world.outsider.put(
      TopicPartition(Topic.executions.name, partition), key: try permit.text("eff"), body: JSON.object(body).canonical, world)
  }
}
