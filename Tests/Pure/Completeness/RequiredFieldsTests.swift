import Testing
import Wire

@Suite struct RequiredFieldsTests {
  private func flaw(_ value: String?, none: String? = nil) -> RequiredFields.Flaw? {
    RequiredFields.flaw(RequiredFields.Field(fact: .model, none: none), value.map { Array($0.utf8)[...] })
  }

  @Test func absentEmptyAndUnexplainedAreThreeThings() {
    #expect(flaw(nil) == .absent)
    for empty in ["", " ", "\t \n"] { #expect(flaw(empty) == .empty, "\(empty.debugDescription)") }
    for none in ["none", "None", "n/a", "N/A", "na", "null", " none ", "n/a:", "n/a:  "] { #expect(flaw(none) == .unexplained, "\(none)") }
    for told in ["m/1", "n", "nano", "none-such", "narrow/2", "0"] { #expect(flaw(told) == nil, "\(told)") }
  }

  @Test func noneIsToldWhereTheTableSaysWhyOrTheRecordDoes() {
    #expect(flaw("none", none: "it was not drawn") == nil)
    #expect(flaw("n/a", none: "it was not drawn") == .unexplained, "n/a brings its own reason, or none")
    #expect(flaw("n/a: the model was switched off") == nil)
    #expect(flaw("", none: "it was not drawn") == .empty)
    #expect(flaw(nil, none: "it was not drawn") == .absent)
  }

  @Test func theTableNamesEachTypeAndEachFieldOfItOnce() {
    let types = RequiredFields.table.map(\.type)
    #expect(Set(types).count == types.count)
    for row in RequiredFields.table {
      #expect(Set(row.fields.map(\.fact)).count == row.fields.count, "\(row.type)")
      #expect(row.fields.allSatisfy { $0.none != "" }, "\(row.type)")
    }
  }

  /// The article's minimum: payload hash, prompt version, source ids, model version, confidence, policy flags, reviewer, action, overrides.
  @Test func theArticlesMinimumIsInIt() {
    let asked = Set(RequiredFields.table.flatMap { $0.fields.map(\.fact) })
    for fact in [Fact.payloadHash, .prompt, .sources, .model, .confidence, .reasons, .reviewer, .actionHash, .override, .view, .bundle, .outcome] {
      #expect(asked.contains(fact), "\(fact)")
    }
  }
}
