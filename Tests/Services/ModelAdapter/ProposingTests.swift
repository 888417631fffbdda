import Domain
import Host
import JSON
import Lanes
import Testing
import Vault
import Wire

@testable import countersign_model_adapter

@Suite struct ProposingTests {
  private func record(_ fields: JSON, values: [String: String] = [:]) -> Fetched {
    var fetched = Fetched(outcome: .found(id: "/tickets/T-1001", fields: fields, score: nil, age: 0), values: values)
    fetched.pre = "00ff"
    fetched.salt = "c2FsdA"
    return fetched
  }

  @Test func withoutSourcesTheModelAnswersAtOnceAndNothingIsKept() throws {
    var desk = Desk(try Shipped.decider())
    let said = try desk.ask(request("bench", try Shipped.sample("benchmarks/workflows/bench/samples/one.json")))
    let made = try #require(said.made)
    #expect(said.count == 1)
    #expect(made.model == "embedded" && made.modelVersion.hasPrefix("embedded-generic-"))
    #expect(made.calibration.hasPrefix("labelled-"))
    #expect(try #require(made.probability) > 0)
    #expect(made.output["label"]?.string?.isEmpty == false)
    #expect(desk.state == nil)
    let facts = Dictionary(said[0].facts.map { ($0.0, $0.1) }) { first, _ in first }
    #expect(facts[.model]?.hasPrefix("embedded/") == true && facts[.confidence] != nil && facts[.prompt] == "none")
  }

  @Test func waitsForItsSourceAndProposesOnIt() throws {
    var desk = Desk(try Shipped.decider())
    let data = try Shipped.sample("workflows/ticket-summary/samples/ts-0001.json")
    #expect(try desk.ask(request("ticket-summary", data)).pending?.calls == ["source:ticket"])
    #expect(desk.state?.calls.map(\.id) == ["source:ticket"])
    let fields: JSON = ["id": "T-1001", "subject": "Export", "status": "open", "requester": ["name": "tok_name_x"]]
    let said = try desk.end("source:ticket", record(fields, values: ["tok_name_x": "Mira Okafor"]))
    let made = try #require(said.made)
    #expect(made.current == fields && made.pre == "00ff" && made.salt == "c2FsdA")
    let source = try #require(made.sources.array?.first)
    #expect(source["id"]?.string == "/tickets/T-1001" && source["digest"]?.string == hex(sha256(fields.canonical)))
    #expect(source["pre"] == nil && source["fetched_at"]?.integer == start.microseconds)
    #expect(made.action?["target"]?.string == "/tickets/T-1001")
    #expect(!JSON.array([made.sources, made.output]).text.contains("Mira Okafor"))
    let sealed = try #require(desk.state?.sealed)
    #expect(try Shipped.sealer.open(sealed, caseID: desk.key) == ["tok_name_x": "Mira Okafor"])
  }

  @Test func theVaultIsForgottenWhenItsTimeIsOver() throws {
    var desk = Desk(try Shipped.decider())
    let data = try Shipped.sample("workflows/ticket-summary/samples/ts-0001.json")
    _ = try desk.ask(request("ticket-summary", data))
    _ = try desk.end("source:ticket", record(["id": "T-1001", "subject": "x", "status": "open"], values: ["tok_a_b": "v"]))
    #expect(desk.state?.timers.map(\.name) == ["forget"])
    #expect(desk.state?.calls.isEmpty == true)
    _ = try desk.fire("forget")
    #expect(desk.state == nil)
  }

  @Test func aLaterRoundFetchesAnewAndKeepsEarlierValues() throws {
    var desk = Desk(try Shipped.decider())
    let data = try Shipped.sample("workflows/ticket-summary/samples/ts-0001.json")
    let fields: JSON = ["id": "T-1001", "subject": "x", "status": "open"]
    _ = try desk.ask(request("ticket-summary", data))
    _ = try desk.end("source:ticket", record(fields, values: ["tok_a_1": "one"]))
    #expect(try desk.ask(request("ticket-summary", data, round: 2)).pending?.calls == ["source:ticket"])
    let made = try #require(try desk.end("source:ticket", record(fields, values: ["tok_a_2": "two"])).made)
    #expect(made.round == 2)
    let sealed = try #require(desk.state?.sealed)
    #expect(try Shipped.sealer.open(sealed, caseID: desk.key) == ["tok_a_1": "one", "tok_a_2": "two"])
  }

  @Test(arguments: [
    (Fetched(outcome: .failed("did not answer within 800 ms")), "context.probe_failed", false),
    (Fetched(outcome: .missing), "context.missing_source", true),
  ])
  func aSourceThatGivesNothingIsAFindingAndNoStandstill(fetched: Fetched, code: String, answered: Bool) throws {
    var desk = Desk(try Shipped.decider())
    let data = try Shipped.sample("workflows/ticket-summary/samples/ts-0001.json")
    _ = try desk.ask(request("ticket-summary", data))
    let made = try #require(try desk.end("source:ticket", fetched).made)
    let finding = made.findings.array?.first { $0["code"]?.string == code }
    #expect(finding?["field"]?.string == "ticket")
    #expect(made.sources.array?.first?["answered"]?.bool == answered)
    #expect(made.current == nil && made.pre == nil)
  }

  @Test func severalSourcesMayComeInAnyOrder() throws {
    let data = try Shipped.sample("workflows/invoice-exception/samples/ie-0002.json")
    var desk = Desk(try Shipped.decider())
    let calls = try #require(try desk.ask(request("invoice-exception", data)).pending?.calls)
    #expect(calls.count > 1)
    for call in calls.reversed().dropLast() {
      let said = try desk.end(call, Fetched(outcome: .missing))
      #expect(said.pending?.calls.contains(call) == false)
      #expect(said.pending?.request.isNull == true)
    }
    #expect(try desk.end(calls[0], Fetched(outcome: .missing)).made?.sources.array?.count == calls.count)
  }

  @Test func aRequestThatNothingAnswersIsGivenUp() throws {
    var desk = Desk(try Shipped.decider())
    let data = try Shipped.sample("workflows/ticket-summary/samples/ts-0001.json")
    _ = try desk.ask(request("ticket-summary", data))
    #expect(desk.state?.timers == [LaneTimer("give-up", due: start.adding(seconds: ModelDecider.patienceSeconds))])
    let failed = try #require(try desk.fire("give-up").failed)
    #expect(failed.code == "model.unavailable" && failed.round == 1)
    #expect(desk.state == nil)
    #expect(try desk.end("source:ticket", Fetched(outcome: .missing)).isEmpty)
  }

  @Test func anUnknownWorkflowFails() throws {
    var desk = Desk(try Shipped.decider())
    #expect(try desk.ask(request("nobody", [:])).failed?.code == "model.failed")
  }

  @Test func evidenceThatNoRecordCanHoldCountsAsFailed() throws {
    var desk = Desk(try Shipped.decider())
    let data = try Shipped.sample("workflows/ticket-summary/samples/ts-0001.json")
    _ = try desk.ask(request("ticket-summary", data))
    let text = String(repeating: "x", count: ModelStep.mostEvidence)
    let made = try #require(try desk.end("source:ticket", record(["id": "T-1001", "subject": .string(text)], values: ["tok_a_b": "v"])).made)
    #expect(made.sources.array?.first?["answered"]?.bool == false)
    #expect(made.current == nil && made.sealed == nil)
  }

  @Test func aProposalSentAlongIsCheckedAndNoModelVouchesForIt() throws {
    var desk = Desk(try Shipped.decider())
    let data = try Shipped.sample("benchmarks/workflows/bench/samples/one.json")
    let label = try #require(try desk.ask(request("bench", data)).made).output
    let made = try #require(try desk.ask(request("bench", data, proposal: ["output": label])).made)
    #expect(made.model == "producer" && made.probability == nil && made.output == label)
    let bad = try desk.ask(request("bench", data, proposal: ["output": ["label": 7]]))
    #expect(bad.failed?.code == "model.failed")
    let action = try desk.ask(request("bench", data, proposal: ["action": ["type": "x"]]))
    #expect(action.failed?.code == "model.failed")
  }

  @Test func aProviderElsewhereIsACall() async throws {
    let web = WebClient(connections: 1)
    var desk = Desk(
      try Shipped.decider(OpenAIProvider(OpenAISettings(base: "http://x", model: "m", key: nil, callLimit: 1), web: web)))
    let data = try Shipped.sample("benchmarks/workflows/bench/samples/one.json")
    let pending = try #require(try desk.ask(request("bench", data)).pending)
    #expect(pending.calls == ["model"] && pending.request["round"]?.integer == 1)
    let failure = ModelFailure(.modelUnavailable, "the quota is used up")
    let said = try desk.handle(.ended(desk.key, call: "model", .model(.failure(failure))))
    #expect(said.failed?.code == "model.unavailable" && said.failed?.reason == "the quota is used up")
    #expect(desk.state == nil)
    await web.shutdown()
  }
}
