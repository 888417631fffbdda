import Embedded
import JSON
import JSONSchema
import Testing

@Suite("The shipped samples") struct SampleTests {
  @Test("every sample is a valid item, and its proposal is valid under the workflow's own schemas")
  func schemas() throws {
    for folder in try Folder.all.get() {
      let item = try folder.schema("item"), output = try folder.schema("output"), action = try folder.schema("action")
      for sample in try folder.samples() {
        #expect(item.validate(sample.data).isEmpty, "\(sample.id)")
        let answer = try folder.answer(sample.data)
        #expect(output.validate(answer.output).isEmpty, "\(sample.id) \(answer.output.text)")
        #expect((answer.action != nil) == (folder.kind != .complianceClass), "\(sample.id)")
        if let proposed = answer.action { #expect(action.validate(proposed).isEmpty, "\(sample.id) \(proposed.text)") }
        #expect(answer.probability > 0 && answer.probability < 1 && (0...1).contains(answer.retrieval))
        #expect(!answer.parts.isEmpty)
      }
    }
  }

  @Test("each workflow has at least 40 samples of at least 10 different texts, and an expectation for each")
  func numbers() throws {
    for folder in try Folder.all.get() {
      let samples = try folder.samples(),
        expected = try Folder.json("workflows/\(folder.kind.rawValue)/expectations.json")
      #expect(samples.count >= 40)
      let texts = samples.map { sample in
        ["body", "message", "request", "note", "text"].compactMap { sample.data[$0]?.string }.joined()
      }
      #expect(Set(texts.map { Array($0.utf8) }).count >= 10)
      #expect(Set(samples.map(\.id)) == Set(expected.object?.keys ?? []))
    }
  }

  @Test("confidence is not a constant: over all samples at least 30 different probabilities")
  func variety() throws {
    var seen = Set<Double>()
    for folder in try Folder.all.get() {
      let own = try Set(folder.samples().map { try folder.answer($0.data).probability })
      print("\(folder.kind.rawValue): \(own.count) probabilities from \(own.min() ?? 0) to \(own.max() ?? 0)")
      #expect(own.count >= 5, "\(folder.kind)")
      seen.formUnion(own)
    }
    #expect(seen.count >= 30)
  }

  @Test("samples hold inputs only")
  func noAnswers() throws {
    func keys(_ json: JSON) -> [String] {
      switch json {
      case .object(let members): members.keys + members.members.flatMap { keys($0.value) }
      case .array(let elements): elements.flatMap(keys)
      default: []
      }
    }
    for folder in try Folder.all.get() {
      for sample in try folder.samples() {
        #expect(
          Set(keys(sample.data)).isDisjoint(with: ["confidence", "score", "route", "probability", "codes"]),
          "\(sample.id)")
      }
    }
  }

  @Test("findings that the expectations name are found")
  func findings() throws {
    for folder in try Folder.all.get() {
      let expected = try Folder.json("workflows/\(folder.kind.rawValue)/expectations.json")
      for sample in try folder.samples() {
        let codes = expected[sample.id]?["codes"]?.array?.compactMap(\.string) ?? []
        let found = Set(try folder.answer(sample.data).findings.map(\.code))
        for code in codes where ["context.malformed", "context.unsupported", "context.missing_source"].contains(code) {
          #expect(found.contains(code), "\(sample.id): \(code) not in \(found.sorted())")
        }
      }
    }
  }
}
