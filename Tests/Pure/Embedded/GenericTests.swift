import Embedded
import JSON
import JSONSchema
import Testing

@Suite("The generic kind, for workflows that are measured") struct GenericTests {
  static func model() throws -> EmbeddedModel {
    let labelled: [JSON] = try Folder.of(.ticketSummary).labelled.map { line in
      [
        "data": ["text": line["data"]?["body"] ?? .null], "proposal": ["label": line["proposal"]?["category"] ?? .null],
        "correct": true,
        "group": line["group"] ?? .null,
      ]
    }
    return try EmbeddedModel(kind: .generic, labelled: labelled, approved: [], action: nil)
  }

  @Test("labels a text, and is less sure of what it does not know")
  func label() throws {
    let model = try Self.model()
    func ask(_ text: String) -> ModelAnswer {
      model.propose(ModelRequest(workflow: "bench", data: ["text": .string(text)]))
    }
    let known = ask("My card was charged twice for the subscription, please correct the invoice."),
      strange = ask("qxv zzkp wrrt")
    #expect(known.output["label"] == "billing")
    #expect(known.probability > strange.probability)
    #expect(known.action == nil && known.retrieval == 1)
    #expect(ask("").findings.map(\.code) == ["context.malformed"])
  }

  @Test("the measured workflow's own folder makes a model")
  func bench() throws {
    let labelled = try Folder.lines("benchmarks/workflows/bench/labelled.jsonl")
    let model = try EmbeddedModel(kind: .generic, labelled: labelled, approved: [], action: nil)
    let output = try Schema(compiling: Folder.json("benchmarks/workflows/bench/output.schema.json"))
    for line in labelled {
      let answer = model.propose(ModelRequest(workflow: "bench", data: line["data"] ?? .null))
      #expect(output.accepts(answer.output))
      #expect(answer.output["label"] == line["proposal"]?["label"])
    }
  }

  @Test("takes no more than a few microseconds for 1 KB")
  func speed() throws {
    let model = try Self.model()
    let sentence =
      "The export of the monthly report ends after 500 rows although the screen shows 1,284, and the parcel is late. "
    let request = ModelRequest(
      workflow: "bench", data: ["text": .string(String(String(repeating: sentence, count: 9).prefix(1024)))])
    var sum = 0.0
    let start = ContinuousClock.now
    for _ in 0..<20_000 { sum += model.propose(request).probability }
    let each = (ContinuousClock.now - start) / 20_000
    print("generic: \(each) for 1 KB")
    #expect(sum > 0)
  }
}
