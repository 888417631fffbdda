import Bundles
import Foundation
import JSON
import JSONSchema
import Lanes
import Permits
import Storage
import Testing
import Vault
import Wire
import Workflows

@testable import countersign_model_adapter
@testable import countersign_policy

/// What judging a case costs: one `decide` of a proposal, as the service calls it, over the shipped samples. Prints and
/// asserts nothing of time; deploy/benchmarks/policy runs it with more rounds (COUNTERSIGN_BENCH_ROUNDS).
@Suite(.serialized) struct StepSpeedTests {
  private static let names = ["access-request", "compliance-class", "invoice-exception", "reply-draft", "ticket-summary"]
  private static let folders = names.map { Shipped.deploy.appending(path: "workflows/\($0)") }

  /// A case that waits for its proposal, and the proposal.
  private struct Waiting {
    let workflow: String
    let state: PolicyState
    let proposal: ProposalMade
  }

  @Test func aProposalIsJudged() throws {
    let rounds = ProcessInfo.processInfo.environment["COUNTERSIGN_BENCH_ROUNDS"].flatMap { Int($0) } ?? 10
    let shelf = try Shelf.open(SQLiteStore(path: ":memory:", readers: 0), folders: Self.folders, now: start)
    let decider = PolicyDecider(
      shelf: shelf, signing: [try SigningKey(seed: [UInt8](repeating: 2, count: 32))], reviewers: KeySet([]),
      seeds: Seeds(key: [UInt8](repeating: 5, count: 32), seconds: 86_400),
      holders: Holders(intake: "http://intake", modelAdapter: "http://adapter"), clockScale: 1, permitMinutes: 15)
    let place = DrawPlace.of(lane: 0, among: 4)
    let waiting = try Self.waiting(shelf)
    #expect(waiting.count > 60)
    var lane: [String: PolicyState] = [:]
    var routes: [String: Int] = [:], total = Duration.zero, written = Duration.zero
    var each: [String: (cases: Int, took: Duration)] = [:]
    for round in 0..<rounds {
      for (number, one) in waiting.enumerated() {
        let key = "01a20c93-e606-71e1-ac02-\(round)-\(number)"
        var states = lane
        states[key] = one.state
        let view = View(states: states, wall: start)
        var outputs: [PolicyOutput] = []
        let took = try ContinuousClock().measure {
          outputs = try decider.decide(.proposed(key, one.proposal, place), view, now: start)
        }
        total += took
        each[one.workflow, default: (0, .zero)].cases += 1
        each[one.workflow, default: (0, .zero)].took += took
        for case .emit(let record) in outputs {
          written += ContinuousClock().measure {
            var writer = JSONWriter()
            record.write(&writer)
            _ = writer.finish()
          }
          if record.key == place.key { lane[place.key] = decider.evolve(lane[place.key], record) }
          if round == 0, let route = Self.route(record) { routes[route, default: 0] += 1 }
        }
      }
    }
    #expect(Set(routes.keys) == ["auto", "block", "review", "sme"])
    let count = rounds * waiting.count
    for (workflow, sum) in each.sorted(by: { $0.key < $1.key }) {
      print("policy step \(workflow): \(Self.rate(sum.cases, sum.took)) cases/s and core")
    }
    let shares = routes.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
    print("policy step, five bundles: \(Self.rate(count, total)) cases/s and core (\(total / count) each; \(shares)); writing their records \(written / count) more")
  }

  private static func rate(_ count: Int, _ took: Duration) -> Int { Int(Double(count) / (took / .seconds(1))) }

  private static func route(_ record: PolicyRecord) -> String? {
    switch record {
    case .review(_, let request): request.route
    case .permit(_, _, let permit, _): permit.route
    case .ended: "auto"
    default: nil
    }
  }

  /// Every sample that its schema takes, with the proposal that the embedded model makes of it on the demo's records.
  private static func waiting(_ shelf: Shelf) throws -> [Waiting] {
    let seed = try JSON.parse([UInt8](Data(contentsOf: Shipped.deploy.appending(path: "world/seed.json"))), limits: .stored)
    let workflows = try folders.map { try Workflow(folder: $0) }
    let model = ModelDecider(
      workflows: Dictionary(uniqueKeysWithValues: workflows.map { ($0.name, $0) }), provider: try EmbeddedProvider(workflows),
      sealer: Shipped.sealer, clockScale: 1)
    var found: [Waiting] = []
    for (name, folder) in zip(names, folders) {
      let schema = try Schema(
        compiling: JSON.parse([UInt8](Data(contentsOf: folder.appending(path: "item.schema.json")))), formats: .assert)
      let hash = try #require(shelf.policy(name)?.bundle.hash)
      for file in try FileManager.default.contentsOfDirectory(atPath: folder.appending(path: "samples").path).sorted() {
        let sample = try JSON.parse([UInt8](Data(contentsOf: folder.appending(path: "samples/\(file)"))))
        guard let data = sample["data"], case let (violations, marks) = schema.validate(data, collecting: PrivateMark.keywords),
          violations.isEmpty
        else { continue }
        let tokenised = Shipped.tokeniser.tokenise(
          data, marks.compactMap { PrivateMark(pointer: $0.pointer, keyword: $0.keyword, value: $0.value) }, caseID: file)
        let request = ModelRequested(
          workflow: name, bundle: hash, round: 1, data: tokenised.data, payloadHash: "00", proposal: nil, ingested: start,
          requester: (data["requester"]?.string).map { Wire.Requester(id: $0, verified: true) },
          personal: .object(JSONObject(tokenised.counts.map { ($0.key, .integer(Int64($0.value))) })),
          deadline: start.adding(seconds: 86_400), screened: Screening(bundle: hash, held: [:]))
        var desk = Desk(model)
        var said = try desk.ask(request)
        for call in said.pending?.calls ?? [] { said = try desk.end(call, evidence(call, data, seed)) }
        let proposal = try #require(said.made, "\(file): \(said)")
        found.append(Waiting(workflow: name, state: .open(OpenCase(request, asked: start)), proposal: proposal))
      }
    }
    return found
  }

  /// What the system of record answers to a call for an item.
  private static func evidence(_ call: String, _ data: JSON, _ seed: JSON) -> Fetched {
    func one(_ list: String, _ id: JSON?) -> JSON? { seed[list]?.array?.first { $0["id"] == id } }
    func all(_ list: String) -> JSON? {
      guard let order = data["order"], !order.isNull else { return nil }
      return ["order": order, "items": .array(seed[list]?.array?.filter { $0["order"] == order } ?? [])]
    }
    let record: JSON? =
      switch call {
      case "source:ticket": one("tickets", data["ticket"])
      case "source:thread": one("mails", data["thread"])
      case "source:entitlements": one("entitlements", data["person"])
      case "source:invoice": one("invoices", data["invoice"])
      case "source:order": one("purchase-orders", data["order"])
      case "source:classification": one("classifications", data["matter"])
      case "source:receipts": all("goods-receipts")
      case "source:invoices": all("invoices")
      default: nil
      }
    return record.map { Fetched(outcome: .found(id: call, fields: $0, score: nil, age: 1)) } ?? Fetched(outcome: .missing)
  }
}
