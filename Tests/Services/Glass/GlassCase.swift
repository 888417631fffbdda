import Bundles
import Foundation
import Identity
import JSON
import Lanes
import Permits
import Storage
import Testing
import Wire
import Workflows

@testable import countersign_policy

/// A payment that waits for a finance reviewer and a finance lead, and people who may break the glass for it or not.
final class GlassCase {
  static let caseID = "01a20c93-e606-71e1-ac02-b6790b57db41"
  static let start = Instant(microseconds: 1_795_500_000_000_000)
  static let action: JSON = [
    "type": "invoice.resolve", "target": "/invoices/INV-2001", "method": "POST", "path": "/invoices/INV-2001/resolutions",
    "body": ["resolution": "approve", "pay": ["minor": 114_680, "currency": "EUR"]],
  ]

  static func person(_ id: String, _ groups: String..., claim: String? = nil) -> Person {
    Person(id: id, name: id, groups: groups, isDutyOfficer: false, claim: claim ?? id)
  }

  static let people = [
    person("P-omar", "finance-leads", "break-glass"), person("P-cleo", "finance-reviewers"), person("P-hana", "finance-leads"),
    person("P-gus", "finance-reviewers", "break-glass"), person("P-asks", "finance-leads", "break-glass"), person("P-out", "break-glass"),
    person("P-ivo", "duty-officers"), person("P-nina", "duty-officers"), person("P-omar-2", "duty-officers", claim: "P-omar"), person("P-ines", "security-reviewers"),
  ]

  let live = LivePeople(People(GlassCase.people))
  let signing: SigningKey
  let devices: [String: Device]
  let decider: PolicyDecider
  let known = KnownGlass()
  var now = GlassCase.start
  private(set) var states: [String: PolicyState] = [:]
  private(set) var said: [PolicyRecord] = []

  init(workflow: String = "invoice-exception", _ change: (inout ReviewParts) -> Void = { _ in }) throws {
    signing = try SigningKey(seed: [UInt8](repeating: 3, count: 32))
    devices = Dictionary(uniqueKeysWithValues: Self.people.map { ($0.id, Device()) })
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../../deploy/workflows/\(workflow)").standardizedFileURL
    var decider = PolicyDecider(
      shelf: try Shelf.open(SQLiteStore(path: ":memory:", readers: 0), folders: [folder], now: Self.start), signing: [signing],
      reviewers: KeySet([signing.verification]), seeds: Seeds(key: [UInt8](repeating: 5, count: 32), seconds: 86_400),
      holders: Holders(intake: "http://intake", modelAdapter: "http://adapter"), clockScale: 1, permitMinutes: 15, people: live)
    decider.glass = known
    self.decider = decider
    var parts = ReviewParts()
    change(&parts)
    let bundle = decider.shelf.policy(workflow)?.bundle.hash ?? ""
    take(.review(Self.caseID, parts.request(workflow, bundle)))
  }

  /// What a test may change of the case file.
  struct ReviewParts {
    var route = "review"
    var matches: JSON = []
    var editors: [String] = []

    func request(_ workflow: String, _ bundle: String) -> ReviewRequested {
      ReviewRequested(
        workflow: workflow, bundle: bundle, template: "B", version: 1, route: route, risk: "high", confidence: nil, parts: [], matches: matches,
        data: ["invoice": "INV-2001", "amount": ["minor": 114_680, "currency": "EUR"], "order": "PO-3001"], output: nil, action: GlassCase.action,
        actionHash: actionHash(GlassCase.action), current: nil, sources: [], requester: Wire.Requester(id: "P-asks", verified: true),
        quorum: ["of": 2, "branches": [["group": "finance-reviewers", "count": 1], ["group": "finance-leads", "count": 1]]], ladder: [],
        accountable: "finance-lead", undoSeconds: 60, deadline: GlassCase.start.adding(seconds: 14 * 86_400), ingested: GlassCase.start,
        payloadHash: "00", draw: "none", approvals: [], editors: editors, pre: nil, salt: nil, model: nil, prompt: nil,
        personal: .object(JSONObject()), trusted: true, queue: "finance")
    }
  }

  var state: OpenCase? { states[Self.caseID]?.openCase }

  private func take(_ record: PolicyRecord) {
    said.append(record)
    states[record.key] = decider.evolve(states[record.key], record)
    known.set(states.values.compactMap(\.glass))
  }

  /// - Returns: what policy said. Each record does the same when it is read back, and each state is what is stored of it.
  @discardableResult
  func act(_ event: PolicyEvent) throws -> [PolicyRecord] {
    let view = View(states: states, wall: now)
    var told: [PolicyRecord] = []
    for case .emit(let record) in try decider.decide(event, view, now: now) {
      let before = states[record.key]
      take(record)
      told.append(record)
      if case .permit = record { continue }  // Its claims are read from the token.
      let again = decider.evolve(before, try sent(record, about: record.subject))
      #expect(stored(again) == stored(states[record.key]), "\(record.type)")
    }
    for state in states.values { #expect(try stored(PolicyState(JSON.parse(Array(stored(state).utf8), limits: .stored))) == stored(state)) }
    return told
  }

  private func stored(_ state: PolicyState?) -> String {
    guard let state else { return "" }
    var writer = JSONWriter()
    state.write(&writer)
    return String(decoding: writer.finish(), as: UTF8.self)
  }

  private func sent(_ record: PolicyRecord, about subject: String?) throws -> PolicyRecord {
    var body = JSONWriter()
    record.write(&body)
    var writer = FrameWriter()
    writer.begin(key: record.key.utf8, body: body.finish())
    if let subject { writer.header("ce_subject", subject) }
    writer.end()
    return try PolicyRecord.read(type: record.type, topic: record.topic, frame: Frame(writer.bytes[...]))
  }

  /// Fires what is due of a state, as the mechanism does, until nothing is.
  @discardableResult
  func wait(_ seconds: Double, _ key: String = GlassCase.caseID) throws -> [PolicyRecord] {
    now = now.adding(seconds: seconds)
    var told: [PolicyRecord] = []
    for _ in 0..<20 {
      guard let timer = states[key]?.timers.filter({ $0.due <= now }).min(by: { ($0.due, $0.name) < ($1.due, $1.name) }) else { return told }
      told += try act(decider.timer(timer.name, key: key, due: timer.due))
      #expect(states[key]?.timers.contains(timer) != true, "the timer \(timer.name) is stuck")
    }
    return told
  }

  /// How a grant may fall short.
  struct Ask: Sendable {
    var person = "P-omar"
    var groups = ["finance-leads", "break-glass"]
    var reason = "the supplier stops delivering at noon"
    var ticket = "INC-7"
    var minutes: Int64 = 60
    var caseID = GlassCase.caseID
    /// Seconds before now.
    var issued: Int64 = 0
    var signedIn: Int64 = 60
    var jti = "0123456789abcdef0123456789abcdef"
    /// Members of what the person signed in place of the right ones.
    var claims: [String: JSON] = [:]
    /// Whose key signs, and whose the certificate says that it is.
    var signer: String?
    var certified: String?
    var certificateBy: UInt8 = 3
    var grantBy: UInt8 = 3
    var secondsLeft: Int64 = 3600
  }

  func token(_ ask: Ask) throws -> String {
    let issued = now.unixSeconds - ask.issued
    var own = JSONObject([
      ("jti", .string(ask.jti)), ("case", .string(ask.caseID)), ("reason", .string(ask.reason)), ("ticket", .string(ask.ticket)),
      ("minutes", .integer(ask.minutes)), ("person_iss", .string(Person.issuer)), ("sub", .string(ask.person)), ("iat", .integer(issued)),
    ])
    for (name, value) in ask.claims { own[name] = value }
    let signer = try #require(devices[ask.signer ?? ask.person]), certified = ask.certified ?? ask.person
    let authority = try SigningKey(seed: [UInt8](repeating: ask.certificateBy, count: 32))
    let grant = GlassGrant(
      caseID: ask.caseID, personIssuer: Person.issuer, person: ask.person, groups: ask.groups, strength: "mfa", authenticatedAt: issued - ask.signedIn,
      reason: ask.reason, ticket: ask.ticket, minutes: ask.minutes, issuedAt: issued, signature: try signer.sign(.object(own), type: OwnGlass.type),
      certificate: try #require(devices[certified]).certificate(certified, by: authority, from: now.unixSeconds - 60, until: now.unixSeconds + ask.secondsLeft))
    return try SigningKey(seed: [UInt8](repeating: ask.grantBy, count: 32)).sign(grant.claims, type: GlassGrant.type)
  }

  @discardableResult
  func breakGlass(_ ask: Ask = Ask()) throws -> GlassJudged {
    let told = try act(.broken(Self.caseID, GlassBroken(grant: try token(ask))))
    return try #require(told.compactMap { if case .glass(_, let judged) = $0 { judged } else { nil } }.first)
  }

  /// - Parameter isSigned: whether the person's own key stands under it.
  @discardableResult
  func decide(
    _ person: String, _ groups: [String], _ verb: Approval.Verb = .approve, key: String = GlassCase.caseID, isSigned: Bool = true, at moment: Instant? = nil,
    words: String = ""
  ) throws -> DecisionJudged {
    let state = try #require(states[key]?.openCase), issued = (moment ?? now).unixSeconds, jti = "sign-\(person)-\(verb.rawValue)-\(issued)"
    func approval(_ signature: String?, _ certificate: String?) -> Approval {
      Approval(
        id: isSigned ? Approval.id(of: jti, caseID: key, version: state.version, person: "\(Person.issuer) \(person)") : "d-\(jti)", caseID: key,
        version: state.version, verb: verb, action: state.proposal.hash ?? "", view: state.view, personIssuer: Person.issuer, person: person,
        groups: groups, strength: "mfa", code: verb == .approve ? "" : "not_allowed", words: words, issuedAt: issued, expiresAt: issued + 86_400,
        signature: signature, certificate: certificate)
    }
    var made = approval(nil, nil)
    if isSigned, let device = devices[person] {
      made = approval(
        try device.sign(Device.claims(of: made, jti: jti)), try device.certificate(person, by: signing, from: issued - 60, until: issued + 3600))
    }
    let told = try act(.decided(key, DecisionMade(decision: try signing.sign(made.claims, type: Approval.type), action: nil), lanes: 1))
    return try #require(told.compactMap { if case .decision(_, let judged) = $0 { judged } else { nil } }.first)
  }

  /// Somebody writes into policy's database.
  func edit(_ change: (inout OpenCase) -> Void) {
    guard var state = states[Self.caseID]?.openCase else { return }
    change(&state)
    states[Self.caseID] = .open(state)
  }
}

extension [PolicyRecord] {
  var permits: [Permit] { compactMap { if case .permit(_, _, let permit, _) = $0 { permit } else { nil } } }
  var notes: [GlassNoted] { compactMap { if case .glassNoted(let noted) = $0 { noted } else { nil } } }
  var glass: [GlassJudged] { compactMap { if case .glass(_, let judged) = $0 { judged } else { nil } } }
  func reviews(of key: String) -> [ReviewRequested] { compactMap { if case .review(key, let request) = $0 { request } else { nil } } }
}
