import Foundation
import Host
import JSON
import Lanes
import Permits
import Vault
import Wire

/// The built-in executor: an executor as any other, but in this process. It does what the contract of executors asks,
/// in its order: signatures, revocation, the action's hash, the target's digest, redeem, act with the effect's id as
/// idempotency key, answer. That an effect is begun once, the lanes see to (`Webhook.call`).
struct WebhookExecutor: Sendable {
  let targets: [String: WebhookTarget]
  let policy: PermitKeys
  /// The reviewer service's public keys.
  let reviewers: KeySource?
  /// Base URLs of services that a permit may be shown to.
  let holders: [String]
  let sealer: Sealer
  let web: WebClient
  /// The newest state of a case.
  let webhook: @Sendable (String) throws -> Kept?
  /// Waits some seconds. - Throws: when it should not go on.
  var pause: @Sendable (Double) async throws -> Void = { try await Task.sleep(for: .seconds($0)) }
  var now: @Sendable () -> Instant = { .now }

  private static let mostBytes = 1 << 20
  private static let milliseconds = 15_000
  private static let attempts = 8

  /// Why it is not done.
  private struct Refusal: Error {
    let status: EffectReported.Status
    let reason: String
    var before: JSON?
    init(_ status: EffectReported.Status, _ reason: String, before: JSON? = nil) {
      self.status = status
      self.reason = reason
      self.before = before
    }
  }

  /// Performs what the state of the case asks for.
  func perform(_ caseID: String) async -> WebhookResult {
    guard let kept = await state(of: caseID), let webhook = kept.webhook, !webhook.done else {
      return WebhookResult(permitID: "", status: .refused, reason: "nothing is asked for, or it cannot be read")
    }
    do {
      let (permit, isSigned, webhook) = try await verified(webhook, caseID)
      guard let target = targets[webhook.action["type"]?.string ?? ""] else {
        throw Refusal(.refused, "not an action of this executor")
      }
      guard isSigned || !target.signed || permit.approvals.isEmpty else {
        throw Refusal(.refused, "an approval without the person's own signature")
      }
      guard permit.glass == nil || !target.refusesGlass else {
        throw Refusal(.refused, "decided by one person alone, under a broken glass")
      }
      guard permit.route != "auto" || target.automatic else {
        throw Refusal(.refused, "not accepted on the automatic route")
      }
      let before = try await checked(permit, webhook.action, target)
      let content = try await redeemed(webhook, kept.sealed, caseID)
      // It may have been revoked while we asked.
      if (await state(of: caseID))?.webhook?.revoked ?? true { throw Refusal(.refused, "revoked") }
      let answer = try await act(permit, webhook.action, content, target, before)
      return WebhookResult(
        permitID: permit.id, status: .executed, reason: "", before: answer["before"] ?? before, after: answer["after"])
    } catch let refusal as Refusal {
      return WebhookResult(
        permitID: webhook.permitID, status: refusal.status, reason: refusal.reason, before: refusal.before)
    } catch {
      return WebhookResult(permitID: webhook.permitID, status: .refused, reason: "\(error)")
    }
  }

  /// As the database has it, which may be away for a while.
  private func state(of caseID: String) async -> Kept? {
    for attempt in 0..<10 {
      if let kept = try? webhook(caseID) { return kept }
      guard attempt < 9, (try? await pause(0.5)) != nil else { break }
    }
    return nil
  }

  /// The permit, and the state that it is of: under a revoked key it is refused until one under another key has come.
  /// - Returns: also whether people's own keys stand under all approvals.
  private func verified(_ known: Webhook, _ caseID: String) async throws -> (Permit, Bool, Webhook) {
    let (permit, webhook) = try await retried {
      let newest = await state(of: caseID)?.webhook ?? known
      return (try await policy.verify(newest.permit, now: now().unixSeconds), newest)
    }
    guard permit.audience == Webhook.executor, permit.caseID == caseID, permit.effect == webhook.effect else {
      throw Refusal(.refused, "a permit for something else")
    }
    guard !webhook.revoked else { throw Refusal(.refused, "revoked") }
    guard actionHash(webhook.action) == permit.action else { throw Refusal(.refused, "not the permitted action") }
    guard permit.holders == holdersHash(webhook.holders) else { throw Refusal(.refused, "not the permitted holders") }
    guard !permit.approvals.isEmpty || permit.route == "auto" else { throw Refusal(.refused, "approval missing") }
    guard !permit.approvals.isEmpty else { return (permit, false, webhook) }
    guard let reviewers else {
      throw Refusal(.refused, "the reviewer service's keys are not configured (REVIEWER_JWKS)")
    }
    let keys = try await retried { try await reviewers.load() }
    let vouched = try await policy.current()
    var isSigned = true
    for token in permit.approvals {
      let approval = try Approval.verify(token, keys: keys)
      guard approval.caseID == caseID, approval.action == permit.action, [.approve, .edit].contains(approval.verb)
      else {
        throw Refusal(.refused, "an approval of something else")
      }
      if try !approval.verifyOwn(policy: vouched) { isSigned = false }
    }
    return (permit, isSigned, webhook)
  }

  /// Asks again while keys cannot be had; what is wrong with a token is final.
  private func retried<Value>(_ body: () async throws -> Value) async throws -> Value {
    for attempt in 0..<60 {
      do { return try await body() } catch let error as JWSError where error.code != "key" { throw error } catch {
        guard attempt < 59 else { throw error }
      }
      try await pause(5)
    }
    throw Refusal(.refused, "keys cannot be had")
  }

  /// The current state of the target, which must be the one that was decided about.
  private func checked(_ permit: Permit, _ action: JSON, _ target: WebhookTarget) async throws -> JSON? {
    guard let pre = permit.pre else { return nil }
    guard let place = target.state, let salt = permit.salt.flatMap({ bytes(base64url: $0.utf8) }) else {
      throw Refusal(.refused, "the permit binds a state, and no address of it is configured")
    }
    let name = action["target"]?.string ?? ""
    guard Self.isPath(name) else { throw Refusal(.refused, "the target is no path") }
    let reply = try await get(place.replacing("{target}", with: name), target)
    guard reply.status == 200, let state = try? JSON.parse(reply.body) else {
      throw Refusal(.failed, "the state's address answered \(reply.status)")
    }
    guard preconditionDigest(state, salt: salt) == pre else {
      throw Refusal(.preconditionChanged, "before the call", before: state)
    }
    return state
  }

  private func get(_ url: String, _ target: WebhookTarget) async throws -> WebClient.Reply {
    for attempt in 1...3 {
      do {
        try await guardHost(url, target)
        return try await web.call(url, bearer: target.bearer, limit: Self.mostBytes, milliseconds: Self.milliseconds)
      } catch is WebClient.Failure where attempt < 3 { try await pause(Double(attempt)) } catch is WebClient.Failure {
        break
      }
    }
    throw Refusal(.failed, "the state's address cannot be reached")
  }

  /// A path below a configured address: it leads nowhere else.
  static func isPath(_ text: String) -> Bool {
    let plain = text.utf8.allSatisfy {
      ($0 >= 0x61 && $0 <= 0x7A) || ($0 >= 0x41 && $0 <= 0x5A) || ($0 >= 0x30 && $0 <= 0x39)
        || [0x2D, 0x2E, 0x2F, 0x5F, 0x7E].contains($0)
    }
    return plain && text.hasPrefix("/") && !text.hasPrefix("//") && !text.contains("..") && text.utf8.count <= 500
  }

  private func guardHost(_ url: String, _ target: WebhookTarget) async throws {
    guard !target.isPrivate else { return }
    guard let host = URL(string: url)?.host, await PublicAddress.holds(host) else {
      throw Refusal(.refused, "the address stands in a private network or is not known")
    }
  }

  /// The action's body with the real values: those of the item are held here, others where the permit says.
  private func redeemed(_ webhook: Webhook, _ sealed: String?, _ caseID: String) async throws -> JSON {
    let body = webhook.action["body"] ?? .null
    var values: [String: String] = try sealed.map { try sealer.open($0, caseID: caseID) } ?? [:]
    let text = body.text
    var asked: [String: [String]] = [:]
    for member in webhook.holders.object?.members ?? [] where values[member.key] == nil && text.contains(member.key) {
      guard let holder = member.value.string, holders.contains(holder) else {
        throw Refusal(.refused, "a token's holder is not trusted (HOLDERS)")
      }
      asked[holder, default: []].append(member.key)
    }
    for (holder, tokens) in asked.sorted(by: { $0.key < $1.key }) {
      let question: JSON = ["permit": .string(webhook.permit), "tokens": .array(tokens.map { .string($0) })]
      guard
        let reply = try? await web.call(
          "\(holder)/v1/redeem", body: question.canonical, limit: Self.mostBytes, milliseconds: Self.milliseconds),
        reply.status == 200, let answer = try? JSON.parse(reply.body)
      else { throw Refusal(.refused, "a token's holder gave no values") }
      for token in tokens {
        guard let value = answer["values"]?[token]?.string else {
          throw Refusal(.refused, "a token's value is missing")
        }
        values[token] = value
      }
    }
    let filled = Self.filled(body, values)
    guard !filled.text.contains("tok_") || !text.contains("tok_") else {
      throw Refusal(.refused, "a token without a holder")
    }
    return filled
  }

  static func filled(_ json: JSON, _ values: [String: String]) -> JSON {
    switch json {
    case .string(let text) where text.contains("tok_"):
      // The longest first: one token may begin as another does.
      var result = text
      for (token, value) in values.sorted(by: { ($0.key.utf8.count, $0.key) > ($1.key.utf8.count, $1.key) }) {
        result = result.replacing(token, with: value)
      }
      return .string(result)
    case .array(let items): return .array(items.map { filled($0, values) })
    case .object(let object): return .object(JSONObject(object.members.map { ($0.key, filled($0.value, values)) }))
    default: return json
    }
  }

  private func act(
    _ permit: Permit, _ action: JSON, _ content: JSON, _ target: WebhookTarget, _ before: JSON?
  ) async throws -> JSON {
    var message = JSONObject([
      ("effect", .string(permit.effect)), ("case", .string(permit.caseID)), ("workflow", .string(permit.workflow)),
      ("route", .string(permit.route)), ("permit", .string(permit.id)), ("body", content),
    ])
    for name in ["type", "target", "method", "path"] { message[name] = action[name] }
    let trace = String(decoding: Trace.id(of: permit.caseID), as: UTF8.self)
    let headers = [
      ("Idempotency-Key", permit.effect), ("traceparent", "00-\(trace)-\(trace.suffix(16))-01"),
    ]
    var mayHaveArrived = false
    var last = ""
    for attempt in 1...Self.attempts {
      try await guardHost(target.url, target)
      do {
        let reply = try await web.call(
          target.url, body: JSON.object(message).canonical, bearer: target.bearer, headers: headers,
          limit: Self.mostBytes,
          milliseconds: Self.milliseconds)
        switch reply.status {
        case 200...299: return (try? JSON.parse(reply.body)) ?? .null
        case 412: throw Refusal(.preconditionChanged, "the address answered 412", before: before)
        case 408, 425, 429, 500...599:
          last = "the address answered \(reply.status)"
          mayHaveArrived = mayHaveArrived || reply.status != 429
        default: throw Refusal(.failed, "the address answered \(reply.status)", before: before)
        }
      } catch let failure as WebClient.Failure {
        last = "the address gave no answer (\(failure))"
        // One that answered with too much has acted.
        if failure == .tooLarge {
          throw Refusal(.unknown, "the address answered with more than \(Self.mostBytes) bytes")
        }
        mayHaveArrived = mayHaveArrived || failure != .notSent
      }
      guard target.repeatable || !mayHaveArrived, attempt < Self.attempts, now().unixSeconds < permit.expiresAt else {
        break
      }
      try await pause(min(60, Double(1 << attempt) * Double.random(in: 0.25...0.75)))
    }
    throw Refusal(mayHaveArrived ? .unknown : .failed, last, before: before)
  }
}

/// Makes the calls that states of intake ask for.
struct WebhookCaller: Caller {
  let executor: WebhookExecutor?

  func begin(_ call: WebhookCall, key: String, end: @escaping @Sendable (WebhookResult) -> Void) {
    guard let executor else {
      return end(WebhookResult(permitID: "", status: .refused, reason: "no webhooks are configured (WEBHOOKS)"))
    }
    Task { end(await executor.perform(key)) }
  }
}
