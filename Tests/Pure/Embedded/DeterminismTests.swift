@testable import Embedded
import JSON
import Testing

@Suite("The same on every machine") struct DeterminismTests {
  @Test("two models of one folder have one version and give equal answers")
  func twice() throws {
    for folder in try Folder.all.get() {
      let again = try Folder(folder.kind)
      #expect(again.model.version == folder.model.version)
      #expect(again.model.calibration == folder.model.calibration)
      for sample in try folder.samples() {
        #expect(try again.answer(sample.data) == folder.answer(sample.data), "\(sample.id)")
      }
    }
  }

  @Test("the version is that of the content: one changed example, another version")
  func version() throws {
    let folder = try Folder.of(.accessRequest)
    var changed = folder.labelled
    changed[0] = try JSON.parse(Array(changed[0].text.replacing("\"request\":\"", with: "\"request\":\"Please. ").utf8))
    let model = try EmbeddedModel(
      kind: folder.kind, labelled: changed, approved: folder.approved, action: folder.template)
    #expect(model.version != folder.model.version)
    #expect(model.version.hasPrefix("embedded-access-request-"))
  }

  @Test("exp and log agree with mathematics to 1e-14, and do so bit for bit")
  func arithmetic() {
    for (x, expected) in [
      (0.0, 1.0), (1, 2.718281828459045), (-1, 0.36787944117144233), (10, 22026.465794806718),
      (-30, 9.357622968840175e-14),
    ] {
      #expect(abs(Arithmetic.exp(x) / expected - 1) < 1e-14)
      #expect(abs(Arithmetic.log(expected) - x) < 1e-13)
    }
    #expect(Arithmetic.exp(1e9).isFinite && Arithmetic.exp(-1e9) > 0 && Arithmetic.exp(.nan).isNaN)
    #expect(Arithmetic.log(0).isFinite && Arithmetic.log(-1).isFinite && Arithmetic.log(.infinity).isFinite)
  }

  @Test("what the folder lacks is said at load")
  func errors() throws {
    let folder = try Folder.of(.replyDraft), few = Array(folder.labelled.prefix(5))
    #expect(throws: EmbeddedModelError.tooFewExamples(found: 5, needed: 20)) {
      try EmbeddedModel(kind: .replyDraft, labelled: few, approved: folder.approved, action: nil)
    }
    #expect(throws: EmbeddedModelError.malformedExample(line: 2, expected: "correct, true or false")) {
      try EmbeddedModel(
        kind: .generic, labelled: [folder.labelled[0], ["data": [:], "proposal": [:]]], approved: [], action: nil)
    }
    #expect(throws: EmbeddedModelError.self) {
      try EmbeddedModel(
        kind: .invoiceException, labelled: try Folder.of(.invoiceException).labelled, approved: [["tolerance_bp": -1]],
        action: nil)
    }
    let same: [JSON] = (0..<40).map {
      ["data": ["text": .string("text \($0)")], "proposal": ["label": "a"], "correct": true]
    }
    #expect(throws: EmbeddedModelError.oneClassOnly) {
      try EmbeddedModel(kind: .generic, labelled: same, approved: [], action: nil)
    }
  }
}
