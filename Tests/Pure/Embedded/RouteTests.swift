import Bundles
import Domain
import Embedded
import JSON
import JSONSchema
import Testing

/// The model's answers under the shipped policies, with the demo's system of record as evidence.
@Suite("Where the samples go") struct RouteTests {
  static func verdicts(_ folder: Folder) throws -> [(id: String, verdict: Verdict)] {
    let place = "workflows/\(folder.kind.rawValue)"
    let bundle = try Bundle.load(
      yaml: Folder.text("\(place)/policy.yaml"), file: "policy.yaml", schemas: Folder.schemas(place))
    let item = try folder.schema("item")
    return try folder.samples().map { sample in
      let request = try folder.request(sample.data), answer = folder.model.propose(request)
      var facts = CaseFacts(item: sample.data)
      facts.proposal = answer.output
      facts.action = answer.action
      facts.model = answer.probability
      facts.retrieval = answer.retrieval
      for mark in item.validate(sample.data, collecting: ["x-personal"]).marks {
        facts.personal[mark.value.string ?? "", default: 0] += 1
      }
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

  @Test("between them they take every route")
  func coverage() throws {
    let routes = try Folder.all.get().flatMap { try Self.verdicts($0).map(\.verdict.route) }
    #expect(Set(routes) == [.auto, .review, .sme, .block])
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
