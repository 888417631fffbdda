import Bundles
import Domain
import Embedded
import JSON
import JSONSchema
import Testing
import Vault

/// The model's answers under the shipped policies, with the demo's system of record as evidence.
@Suite("Where the samples go") struct RouteTests {
  /// - Parameter samples: nil for all that the folder has.
  static func verdicts(
    _ folder: Folder, of samples: [(id: String, data: JSON)]? = nil
  ) throws -> [(id: String, verdict: Verdict)] {
    let place = "workflows/\(folder.kind.rawValue)"
    let bundle = try Bundle.load(
      yaml: Folder.text("\(place)/policy.yaml"), file: "policy.yaml", schemas: Folder.schemas(place))
    let item = try folder.schema("item")
    let tokeniser = Tokeniser(key: [UInt8](repeating: 7, count: 32))
    return try (samples ?? folder.samples()).map { sample in
      // As the door does it: behind it neither model nor policy sees a private value.
      let marks = item.validate(sample.data, collecting: PrivateMark.keywords).marks
      let tokenised = tokeniser.tokenise(
        sample.data, marks.compactMap { PrivateMark(pointer: $0.pointer, keyword: $0.keyword, value: $0.value) },
        caseID: sample.id)
      var request = try folder.request(tokenised.data)
      let known = KnownValues(tokenised.values)
      request.sources = request.sources.map(known.hide)
      request.current = request.current.map(known.hide)
      let answer = folder.model.propose(request)
      var facts = CaseFacts(item: tokenised.data)
      facts.proposal = answer.output
      facts.action = answer.action
      facts.model = answer.probability
      facts.retrieval = answer.retrieval
      facts.personal = tokenised.counts
      facts.held = bundle.prohibited(in: tokenised.values)
      facts.sources = request.sources.map { source in
        let fields = source["fields"].flatMap { $0.isNull ? Optional.none : $0 }
        return SourceFacts(name: source["name"]?.string ?? "", found: fields != nil, age: 1, fields: fields)
      }
      facts.findings = answer.findings.compactMap { finding in
        ReasonCode(rawValue: finding.code).map { Finding(code: $0, field: finding.field, detail: finding.detail) }
      }
      facts.requester = Requester(id: sample.data["requester"]?.string ?? "", verified: true)
      return (sample.id, bundle.evaluate(facts))
    }
  }

  @Test("each sample takes the route that is expected of it, for the reasons that are expected")
  func routes() throws {
    for folder in try Folder.all.get() {
      let expected = try Folder.json("workflows/\(folder.kind.rawValue)/expectations.json")
      for (id, verdict) in try Self.verdicts(folder) {
        let codes = verdict.codes.map(\.rawValue)
        #expect(
          "\(verdict.route)" == expected[id]?["route"]?.string,
          "\(id): \(codes), confidence \(verdict.confidence ?? -1)")
        for code in expected[id]?["codes"]?.array ?? [] {
          #expect(codes.contains(code.string ?? ""), "\(id): \(code.text) not in \(codes)")
        }
      }
    }
  }

  @Test("a prohibited phrase in a private field is found although a token stands in its place")
  func heldByPrivateValues() throws {
    let found = try Self.verdicts(Folder.of(.replyDraft)).first { $0.id == "rd-promise-in-name" }
    let match = found?.verdict.matches.first { $0.code == .policyProhibited }
    #expect(match?.route == .block && match?.evidence == "proposal.text")
    #expect(match?.because.contains("guarantee a free year") == false)
  }

  @Test("a row of an expectation file fits no other sample: two that were swapped are told apart")
  func swapped() throws {
    var swaps = 0
    for folder in try Folder.all.get() {
      let rows = try Folder.json("workflows/\(folder.kind.rawValue)/expectations.json")
      let verdicts = try Self.verdicts(folder)
      let samples = try folder.samples()
      let form: JSON = ["target": try Folder.json("workflows/\(folder.kind.rawValue)/action.template.json")["target"] ?? .null]
      func fits(_ index: Int, _ row: JSON) -> Bool {
        let verdict = verdicts[index].verdict
        let target = ActionTemplate(form).action(item: samples[index].data, output: [:])?["target"]
        return "\(verdict.route)" == row["route"]?.string && row["target"] == target ?? .null
          && (row["codes"]?.array ?? []).allSatisfy { code in verdict.codes.contains { $0.rawValue == code.string } }
      }
      for index in samples.indices {
        for other in samples.indices where index < other {
          let ids = (samples[index].id, samples[other].id)
          guard let own = rows[ids.0], let swap = rows[ids.1], own != swap else { continue }
          swaps += 1
          let told = !fits(index, swap) || !fits(other, own) || own["outcome"] != swap["outcome"]
          #expect(told || Self.differsInDecisionOnly(own, swap), "\(ids.0) and \(ids.1) may be swapped")
        }
      }
    }
    #expect(swaps > 3_000)
  }

  /// What the scripted person does is no result of the road.
  private static func differsInDecisionOnly(_ one: JSON, _ other: JSON) -> Bool {
    ["route", "codes", "target", "outcome"].allSatisfy { one[$0] == other[$0] }
  }

  @Test("a changed amount or sentence changes the route")
  func changed() throws {
    func verdict(_ kind: EmbeddedModel.Kind, _ id: String, _ changes: (String, JSON)...) throws -> Verdict? {
      let folder = try Folder.of(kind)
      guard var data = try folder.sample(id).object else { return nil }
      for (key, value) in changes { data[key] = value }
      return try Self.verdicts(folder, of: [(id, .object(data))]).first?.verdict
    }
    let ordered = try verdict(.invoiceException, "ie-0001")
    let dearer = try verdict(.invoiceException, "ie-0001", ("amount", ["minor": 160_000, "currency": "EUR"]))
    #expect(ordered?.route == .review && ordered?.codes.contains(.amountDiscrepancy) == false)
    #expect(dearer?.route == .sme && dearer?.codes.contains(.amountDiscrepancy) == true)

    let plain = try verdict(.ticketSummary, "ts-bug-plain")
    let body = try Folder.of(.ticketSummary).sample("ts-bug-plain")["body"]?.string ?? ""
    let leaking = try verdict(.ticketSummary, "ts-bug-plain", ("body", .string(body + " My password is hunter2.")))
    #expect(plain?.route == .auto && leaking?.route == .block)

    let wiki = try verdict(.accessRequest, "ar-wiki-write")
    let paying = try verdict(
      .accessRequest, "ar-wiki-write", ("request", "I will release supplier payments while Karin is on leave."),
      ("level", "approve"))
    #expect(wiki?.route == .review && paying?.route == .sme)
  }

  @Test("between them they take every route")
  func coverage() throws {
    let routes = try Folder.all.get().flatMap { try Self.verdicts($0).map(\.verdict.route) }
    #expect(Set(routes) == [.auto, .review, .sme, .block])
  }

  @Test("explanations say something of each case: many different sentences, and every part of the blend varies")
  func explanations() throws {
    var sentences = Set<String>()
    for folder in try Folder.all.get() {
      let verdicts = try Self.verdicts(folder).map(\.verdict)
      sentences.formUnion(verdicts.flatMap { $0.matches.map(\.because) })
      for part in PartName.allCases {
        let values = Set(verdicts.compactMap { verdict in verdict.parts.first { $0.name == part }?.value })
        #expect(values.count > 1, "\(part.rawValue) of \(folder.kind.rawValue) is always \(values)")
      }
    }
    #expect(sentences.count >= 40)
  }

  @Test("every finding of the model is a reason that the catalogue knows")
  func codes() throws {
    for folder in try Folder.all.get() {
      for sample in try folder.samples() {
        for finding in try folder.answer(sample.data).findings {
          #expect(ReasonCode(rawValue: finding.code) != nil, "\(finding.code)")
        }
      }
    }
  }
}
