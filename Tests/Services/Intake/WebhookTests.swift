import Foundation
import HTTPTypes
import Host
import Hummingbird
import JSON
import Lanes
import Permits
import Storage
import Synchronization
import Testing
import Vault
import Wire

@testable import countersign_intake

/// What an address was asked, in order.
private final class Asked: Sendable {
  private let all = Mutex<[(key: String, body: JSON)]>([])
  func note(_ key: String, _ body: JSON) -> Int {
    all.withLock {
      $0.append((key, body))
      return $0.count
    }
  }
  var list: [(key: String, body: JSON)] { all.withLock { $0 } }
}

/// The built-in executor with policy, reviewer and an address to call.
private struct Hooks {
  static let policy = try! SigningKey(seed: [UInt8](repeating: 3, count: 32))
  static let reviewer = try! SigningKey(seed: [UInt8](repeating: 4, count: 32))
  let base: String
  var repeatable = true
  var isPrivate = true
  var state: String?

  var targets: [String: WebhookTarget] {
    [
      "ticket.close": WebhookTarget(
        url: base + "/hook", state: state, repeatable: repeatable, automatic: true, refusesGlass: true, isPrivate: isPrivate,
        bearer: "secret"),
      "ticket.manual": WebhookTarget(
        url: base + "/hook", state: nil, repeatable: true, automatic: false, isPrivate: isPrivate, bearer: nil),
    ]
  }

  func rig(_ web: WebClient) throws -> Rig {
    var decider = try Fixture.decider()
    decider.webhooks = targets
    return try Rig(decider) { store in
      WebhookExecutor(
        targets: targets, policy: PermitKeys(KeySource(base + "/policy")), reviewers: KeySource(base + "/reviewer"),
        holders: [],
        sealer: Fixture.sealer, web: web, webhook: { try Kept.stored($0, store) },
        pause: { _ in try await Task.sleep(for: .milliseconds(5)) },
        now: { Fixture.now })
    }
  }

  static func action(_ type: String = "ticket.close", body: JSON = ["note": "done"]) -> JSON {
    ["type": .string(type), "target": "/tickets/T-1001", "method": "PUT", "path": "/tickets/T-1001", "body": body]
  }

  static func approval(_ caseID: String, _ action: JSON, signedBy key: SigningKey = reviewer) throws -> String {
    try key.sign(
      Approval(
        id: "d1", caseID: caseID, version: 1, verb: .approve, action: actionHash(action), view: "v",
        personIssuer: "demo",
        person: "kim", groups: ["support"], strength: "demo", code: "", words: "", issuedAt: Fixture.now.unixSeconds,
        expiresAt: Fixture.now.unixSeconds + 900
      ).claims, type: Approval.type)
  }

  static func permit(
    _ caseID: String, _ action: JSON = action(), id: String = "j1", effect: String = "e1", audience: String = "webhook",
    route: String = "auto", approvals: [String] = [], glass: String? = nil, pre: String? = nil, salt: String? = nil, holders: JSON = [:],
    key: SigningKey = policy
  ) throws -> PermitIssued {
    let permit = Permit(
      id: id, effect: effect, action: actionHash(action), caseID: caseID, workflow: "ticket-summary", route: route,
      bundle: "b",
      audience: audience, pre: pre, salt: salt, holders: holdersHash(holders), approvals: approvals, glass: glass,
      issuedAt: Fixture.now.unixSeconds, expiresAt: Fixture.now.unixSeconds + 900)
    return PermitIssued(permit: try key.sign(permit.claims, type: Permit.type), action: action, holders: holders)
  }
}

/// Runs `body` against a server on a free port of loopback: keys, and `/hook`, which `answer` answers by its number.
private func withHook(
  _ answer: @escaping @Sendable (Int, JSON) -> (HTTPResponse.Status, JSON),
  _ body: @escaping @Sendable (Hooks, WebClient, Asked) async throws -> Void
) async throws {
  let asked = Asked()
  try await withServer { router in
    router.get("/policy") { _, _ in jsonResponse(KeySet([Hooks.policy.verification]).jwks) }
    router.get("/reviewer") { _, _ in jsonResponse(KeySet([Hooks.reviewer.verification]).jwks) }
    router.get("/state/tickets/T-1001") { _, _ in jsonResponse(["open": true]) }
    router.post("/hook") { request, _ in
      let json = try JSON.parse(try await request.bytes(upTo: 100_000))
      let number = asked.note(request.headers[HTTPField.Name("Idempotency-Key")!] ?? "", json)
      let (status, reply) = answer(number, json)
      if status == .found { return Response(status: .found, headers: [.location: "/elsewhere"]) }
      return jsonResponse(reply, status: status)
    }
    router.get("/elsewhere") { _, _ in jsonResponse(["number": .integer(Int64(asked.note("redirected", .null)))]) }
  } _: { base in
    let web = WebClient(connections: 4)
    let result: Result<Void, any Error>
    do { result = .success(try await body(Hooks(base: base), web, asked)) } catch { result = .failure(error) }
    await web.shutdown()
    try result.get()
  }
}

extension Rig {
  /// An item with a private value; its case and the token of that value.
  fileprivate func admit() throws -> (caseID: String, token: String) {
    try put(Fixture.item("w-1", Fixture.ticket(customer: ["email": "dev@example.org"])))
    try run()
    let first = try #require(try admitted.first)
    return (first.caseID, try #require(first.body.data["customer"]?["email"]?.string))
  }

  fileprivate var effects: [EffectReported] {
    get throws { try records(.effects).compactMap { if case .reported(let body, _) = $0 { body } else { nil } } }
  }

  /// Turns until so many answers are said.
  fileprivate func wait(for count: Int) async throws -> [EffectReported] {
    for _ in 0..<400 {
      try run()
      if try effects.count >= count { break }
      try await Task.sleep(for: .milliseconds(10))
    }
    try run()
    return try effects
  }
}

@Suite("The built-in webhook executor") struct WebhookTests {
  @Test("calls the address once with the effect as idempotency key, with real values, and answers without them")
  func performs() async throws {
    try await withHook { _, body in
      (.ok, ["before": ["open": true], "after": ["mail": body["body"]?["to"] ?? .null]])
    } _: { hooks, web, asked in
      let rig = try hooks.rig(web)
      let (caseID, token) = try rig.admit()
      let action = Hooks.action(body: ["to": .string(token), "text": .string("Dear \(token)")])
      let issued = try Hooks.permit(caseID, action, holders: .object(JSONObject([(token, "http://intake")])))
      try rig.say(.permits, issued, caseID: caseID, number: 1)
      let effect = try #require(try await rig.wait(for: 1).first)
      #expect(
        effect.status == .executed && effect.effect == "e1" && effect.permit == "j1" && effect.executor == "webhook")
      #expect(effect.after == ["mail": .string(token)])
      let call = try #require(asked.list.first)
      #expect(call.key == "e1")
      #expect(call.body["body"] == ["to": "dev@example.org", "text": "Dear dev@example.org"])
      #expect(call.body["case"]?.string == caseID && call.body["type"] == "ticket.close")
      try rig.checkFold()
      // The same effect again, by a newer permit: it is neither done nor said a second time.
      try rig.say(.permits, try Hooks.permit(caseID, action, id: "j2"), caseID: caseID, number: 2)
      try await Task.sleep(for: .milliseconds(50))
      #expect(try await rig.wait(for: 1).count == 1)
      #expect(asked.list.count == 1)
      // The case is over: nothing is kept of it.
      try rig.say(.outcomes, Self.ended(caseID), caseID: caseID, number: 1)
      try rig.run()
      guard case .kept(let kept)? = try rig.states()[caseID] else {
        Issue.record("the vault is gone")
        return
      }
      #expect(kept.webhook == nil)
      try rig.checkFold()
    }
  }

  @Test("tries again where the address keeps to the key, and not where it does not") func trying() async throws {
    for repeatable in [true, false] {
      try await withHook { number, _ in
        number < 3 ? (.serviceUnavailable, .null) : (.ok, [:])
      } _: { hooks, web, asked in
        var hooks = hooks
        hooks.repeatable = repeatable
        let rig = try hooks.rig(web)
        let (caseID, _) = try rig.admit()
        try rig.say(.permits, try Hooks.permit(caseID), caseID: caseID, number: 1)
        let effect = try #require(try await rig.wait(for: 1).first)
        #expect(effect.status == (repeatable ? .executed : .unknown))
        #expect(asked.list.map { $0.key } == Array(repeating: "e1", count: repeatable ? 3 : 1))
      }
    }
  }

  @Test("what was begun before a crash is done again only where that does no harm") func crash() async throws {
    for repeatable in [true, false] {
      try await withHook { number, _ in
        // The process dies while the first call is under way.
        if number == 1 { Thread.sleep(forTimeInterval: 0.5) }
        return (.ok, [:])
      } _: { hooks, web, asked in
        var hooks = hooks
        hooks.repeatable = repeatable
        let rig = try hooks.rig(web)
        let (caseID, _) = try rig.admit()
        try rig.say(.permits, try Hooks.permit(caseID), caseID: caseID, number: 1)
        for _ in 0..<100 where asked.list.isEmpty {
          try rig.run()
          try await Task.sleep(for: .milliseconds(3))
        }
        try #require(asked.list.count == 1)
        try rig.restart(on: rig.store.snapshot())
        let effect = try #require(try await rig.wait(for: 1).first)
        #expect(effect.status == (repeatable ? .executed : .unknown))
        #expect(asked.list.map { $0.key } == Array(repeating: "e1", count: repeatable ? 2 : 1))
      }
    }
  }

  enum Fault: String, CaseIterable {
    case foreignKey, otherCase, otherAction, otherHolders, noApproval, foreignApproval, approvalOfOther, automatic,
      unknownType, brokenGlass
  }

  @Test("refuses what is not permitted, and calls nothing", arguments: Fault.allCases) func refuses(_ fault: Fault)
    async throws
  {
    try await withHook { _, _ in
      (.ok, [:])
    } _: { hooks, web, asked in
      let rig = try hooks.rig(web)
      let (caseID, _) = try rig.admit()
      let action = Hooks.action()
      let issued: PermitIssued
      switch fault {
      case .foreignKey:
        // Under a key id of policy's, so that the signature itself is looked at.
        let good = try Hooks.permit(caseID)
        let parts = good.permit.split(separator: ".")
        let other = try Hooks.permit(caseID, key: Hooks.reviewer).permit.split(separator: ".")
        issued = PermitIssued(permit: "\(parts[0]).\(parts[1]).\(other[2])", action: action, holders: [:])
      case .otherCase: issued = try Hooks.permit("0191f3b2-1111-7abc-8def-0123456789ab")
      case .otherAction:
        issued = PermitIssued(
          permit: try Hooks.permit(caseID).permit, action: Hooks.action(body: ["note": "other"]), holders: [:])
      case .otherHolders:
        issued = PermitIssued(
          permit: try Hooks.permit(caseID).permit, action: action, holders: ["tok_1": "http://evil"])
      case .noApproval: issued = try Hooks.permit(caseID, route: "review")
      case .foreignApproval:
        issued = try Hooks.permit(
          caseID, route: "review", approvals: [try Hooks.approval(caseID, action, signedBy: Hooks.policy)])
      case .approvalOfOther:
        issued = try Hooks.permit(
          caseID, route: "review", approvals: [try Hooks.approval(caseID, Hooks.action(body: ["note": "x"]))])
      case .automatic: issued = try Hooks.permit(caseID, Hooks.action("ticket.manual"))
      case .brokenGlass:
        issued = try Hooks.permit(caseID, route: "review", approvals: [try Hooks.approval(caseID, action)], glass: "a grant")
      case .unknownType: issued = try Hooks.permit(caseID, Hooks.action("ticket.burn"))
      }
      try rig.say(.permits, issued, caseID: caseID, number: 1)
      // A key that nobody knows may yet come; it is asked for again for a while.
      let effect = try #require(try await rig.wait(for: 1).first)
      #expect(effect.status == .refused, "\(effect)")
      #expect(asked.list.isEmpty)
      // A sound permit of the same effect is acted on after that.
      try rig.say(
        .permits, try Hooks.permit(caseID, id: "j2", route: "review", approvals: [try Hooks.approval(caseID, action)]),
        caseID: caseID, number: 2)
      #expect(try await rig.wait(for: 2).last?.status == .executed)
    }
  }

  @Test("leaves permits of other executors alone, and says nothing without a configuration") func others() async throws
  {
    try await withHook { _, _ in
      (.ok, [:])
    } _: { hooks, web, asked in
      let rig = try hooks.rig(web)
      let (caseID, _) = try rig.admit()
      try rig.say(.permits, try Hooks.permit(caseID, audience: "demo-executor"), caseID: caseID, number: 1)
      try rig.say(.permits, PermitIssued(permit: "no.jws.here", action: [:], holders: [:]), caseID: caseID, number: 2)
      try rig.run()
      #expect(try rig.records(.webhooks).isEmpty)
      #expect(asked.list.isEmpty)
    }
  }

  @Test("a target that has changed, a redirect and a client's error are told and not acted on twice") func answers()
    async throws
  {
    let salt = [UInt8](repeating: 1, count: 16)
    let saltText = String(decoding: base64url(salt), as: UTF8.self)
    let answers: [(JSON, HTTPResponse.Status, EffectReported.Status)] = [
      (["open": true], .ok, .executed), (["open": false], .ok, .preconditionChanged),
      (["open": true], .preconditionFailed, .preconditionChanged), (["open": true], .badRequest, .failed),
      (["open": true], .found, .failed),
    ]
    for (state, status, wanted) in answers {
      try await withHook { _, _ in
        (status, [:])
      } _: { hooks, web, asked in
        var hooks = hooks
        hooks.state = hooks.base + "/state{target}"
        let rig = try hooks.rig(web)
        let (caseID, _) = try rig.admit()
        let issued = try Hooks.permit(caseID, pre: preconditionDigest(state, salt: salt), salt: saltText)
        try rig.say(.permits, issued, caseID: caseID, number: 1)
        let effect = try #require(try await rig.wait(for: 1).first)
        #expect(effect.status == wanted, "\(state.text) \(status)")
        #expect(asked.list.count <= 1 && !asked.list.contains { $0.key == "redirected" })
      }
    }
  }

  @Test("a private address is called only where the configuration says so") func privateAddress() async throws {
    try await withHook { _, _ in
      (.ok, [:])
    } _: { hooks, web, asked in
      var hooks = hooks
      hooks.isPrivate = false
      let rig = try hooks.rig(web)
      let (caseID, _) = try rig.admit()
      try rig.say(.permits, try Hooks.permit(caseID), caseID: caseID, number: 1)
      let effect = try #require(try await rig.wait(for: 1).first)
      #expect(effect.status == .refused && effect.reason.contains("private"))
      #expect(asked.list.isEmpty)
    }
  }

  @Test("a permit that is revoked before the call is not acted on") func revoked() throws {
    var decider = try Fixture.decider()
    decider.webhooks = Hooks(base: "http://127.0.0.1:1").targets
    let caseID = "0191f3b2-1111-7abc-8def-0123456789ab"
    let asked = try #require(Webhook(try Hooks.permit(caseID), targets: decider.webhooks))
    var state = decider.evolve(nil, .webhook(WebhookNoted(.asked, asked), caseID: caseID))
    #expect(state?.calls.map(\.id) == ["webhook/e1"])
    state = decider.evolve(state, .webhook(WebhookNoted(.revoked), caseID: caseID))
    guard case .kept(let kept)? = state else {
      Issue.record("nothing is kept")
      return
    }
    #expect(kept.webhook?.revoked == true)
    #expect(decider.evolve(state, .webhook(WebhookNoted(.over), caseID: caseID)) == nil)
  }

  private static func ended(_ caseID: String) -> CaseEnded {
    CaseEnded(
      caseID: caseID, workflow: "ticket-summary", outcome: "executed", code: "c", reason: "r", effect: "e1",
      result: nil,
      ingested: Fixture.now)
  }
}

@Suite("Where webhooks may lead") struct WebhookAddressTests {
  @Test(
    "public and private addresses",
    arguments: [
      ("8.8.8.8", true), ("127.0.0.1", false), ("10.1.2.3", false), ("172.31.0.1", false), ("172.32.0.1", true),
      ("192.168.1.1", false), ("169.254.169.254", false), ("100.64.0.1", false), ("0.0.0.0", false), ("::1", false),
      ("2606:4700::1111", true), ("fe80::1", false), ("fc00::1", false), ("::ffff:10.0.0.1", false),
      ("::ffff:8.8.8.8", true),
      ("64:ff9b::7f00:1", false), ("2002:7f00:1::", false), ("2001:db8::1", false), ("224.0.0.1", false),
    ]) func addresses(_ text: String, _ isPublic: Bool) throws
  {
    #expect(PublicAddress.isPublic(try #require(PublicAddress.addresses(of: text).first)) == isPublic)
  }

  @Test(
    "a path below an address leads nowhere else",
    arguments: [
      ("/tickets/T-1", true), ("//evil.example", false), ("/../x", false), ("/a?b", false), ("/a#b", false),
      ("@evil", false), ("/a%2e", false), ("", false),
    ]) func paths(_ text: String, _ isPath: Bool)
  { #expect(WebhookExecutor.isPath(text) == isPath) }

  @Test("every mistake of the file is told with its line") func file() {
    let file = WebhooksFile(
      """
      a: {url: "http://hooks.example/x", repeatable: true}
      b: {url: "https://user:pw@hooks.example/x", repeatable: true}
      c: {url: "https://hooks.example/x"}
      d: {url: "https://hooks.example/x", repeatable: maybe}
      e: {url: "https://hooks.example/x", repeatable: true, token_file: missing}
      f: {url: "https://hooks.example/x", repeatable: true, colour: red}
      g: {url: "https://hooks.example/x", repeatable: false, state: "https://hooks.example{target}"}
      """, folder: Fixture.deploy)
    #expect(
      file.mistakes.map { $0.prefix(9) } == [
        "line 1: a", "line 2: b", "line 3: c", "line 4: d", "line 5: e", "line 6: f",
      ])
    #expect(file.targets["g"]?.state == "https://hooks.example{target}")
    #expect(!file.mistakes.joined().contains("pw"))
  }
}
