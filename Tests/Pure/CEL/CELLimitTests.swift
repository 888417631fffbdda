import CEL
import Testing

@Suite struct CELLimitTests {
  private func nested(_ count: Int, _ open: String, _ inner: String, _ close: String) -> String {
    String(repeating: open, count: count) + inner + String(repeating: close, count: count)
  }

  @Test func nestedLoopsOverLargeListsEnd() throws {
    let list = CELValue.list((0..<1_000).map { .int($0) })
    for source in [
      "x.all(a, x.all(b, x.all(c, a + b + c >= 0)))", "x.map(a, x.map(b, x.map(c, c)))",
      "x.filter(a, x.exists(b, x.exists_one(c, c == -1)))", "x.all(a, true || x.all(b, x.all(c, false)))",
    ] {
      let error = try celFailure(source, ["x": list])
      if source.contains("true ||") {
        #expect(error == nil)
      } else {
        #expect(error?.kind == .costExceeded, "\(source)")
      }
    }
  }

  @Test func growingTextsEnd() throws {
    let twice = (0..<40).reduce("'0123456789'") { source, _ in "[\(source)].map(s, s + s)[0]" }
    #expect(try celFailure(twice)?.kind == .costExceeded)
    let large = CELValue.string(String(repeating: "a", count: 1_000_000))
    #expect(try celFailure("x.replace('', x).size()", ["x": large])?.kind == .costExceeded)
    #expect(try celFailure("x.replace('a', x).size()", ["x": large])?.kind == .costExceeded)
    #expect(try celFailure("x.split('').map(c, x + c)", ["x": large])?.kind == .costExceeded)
    #expect(try celFailure("x.contains(x + 'b')", ["x": large])?.kind == .costExceeded)
    #expect(try celFailure("x.lastIndexOf(x.substring(1) + 'b')", ["x": large])?.kind == .costExceeded)
    #expect(try celValue("x.contains('b')", ["x": large]) == false)
  }

  @Test func logicDoesNotAbsorbLimits() throws {
    let limits = CELLimits(cost: 100)
    let list = CELValue.list(Array(repeating: 1, count: 200))
    for source in [
      "x.all(a, a > 0) || true", "x.all(a, a > 0) && false", "[x].exists(y, y.all(a, a > 0))", "x == x || true",
    ] {
      #expect(try celFailure(source, ["x": list], limits: limits)?.kind == .costExceeded, "\(source)")
    }
  }

  @Test func costIsCountedForComparedElements() throws {
    let large = CELValue.list(Array(repeating: "some text", count: 400_000))
    #expect(try celFailure("x == x && x == x && x == x", ["x": large])?.kind == .costExceeded)
    #expect(try celFailure("[x, x, x].exists(y, 'absent' in y)", ["x": large])?.kind == .costExceeded)
  }

  @Test(arguments: [
    ("(", "1", ")"), ("[", "1", "]"), ("{'a': ", "1", "}"), ("-(", "1", ")"), ("size(", "x", ")"), ("x[", "0", "]"),
    ("x.map(y, ", "y", ")"), ("true ? 1 : (", "x", ")"), ("1 + (2 * (", "x", "))"), ("!", "true", ""), ("x.", "y", ""),
    ("1+", "1", ""),
  ])
  func deepSourcesAreRefused(open: String, inner: String, close: String) {
    let errors = celComplaints(nested(3_000, open, inner, close), ["x": .dyn])
    #expect(errors.count == 1 && errors[0].message.contains("nested deeper than 250"), "\(errors)")
  }

  @Test func sourcesOfTheWholeDepthWork() throws {
    #expect(try celValue(nested(248, "(", "1", ")")) == 1)
    #expect(try celValue(nested(249, "-", "1", "")) == -1)
    #expect(try celValue(nested(100, "[", "1", "]") + nested(100, "[0]", "", "")) == 1)
    #expect(try celValue((0..<200).map { _ in "1" }.joined(separator: " + ")) == 200)
    #expect(try celValue((0..<5_000).map { _ in "true" }.joined(separator: " && ")) == true)
    #expect(try celValue((0..<200).map { "false ? \($0) : " }.joined() + "1") == 1)
  }

  /// Each level of a chain of selections once looked for the whole name again.
  @Test(.timeLimit(.minutes(1))) func longNamesCompileInTime() {
    let name = (0..<249).map { "part\($0)" }.joined(separator: ".")
    for _ in 0..<20 { #expect(celComplaints(name, ["part0.part1": .dyn]).isEmpty) }
    for _ in 0..<20 { #expect(celComplaints(name, ["part": .dyn]).count == 1) }
  }

  @Test func longSourcesAreRefused() {
    #expect(
      celComplaints("'" + String(repeating: "a", count: 70_000) + "'").map(\.message) == [
        "the expression is longer than 65536 bytes"
      ])
  }

  @Test func largeRegularExpressionsAreRefused() throws {
    let long = String(repeating: "a", count: 2_000)
    #expect(celComplaints("'a'.matches('\(long)')").first?.message.contains("longer than 1000 bytes") == true)
    #expect(try celFailure("'a'.matches(x)", ["x": .string(long)])?.shortKind == .invalidArgument)
    #expect(!celComplaints("'a'.matches('((a{100}){100}){100}')").isEmpty)
    #expect(
      try celFailure(
        "x.all(a, !'aaab'.matches('(a|b)*c' + string(a)))", ["x": .list(Array(repeating: 1, count: 5_000))])?.kind
        == .costExceeded)
    #expect(try celValue("x.matches('(a+)+$')", ["x": .string(String(repeating: "a", count: 100_000) + "b")]) == false)
  }

  @Test func deepDataIsComparedAndFormattedToALimit() throws {
    let deep = (0..<400).reduce(CELValue.int(1)) { value, _ in [value] }
    #expect(try celFailure("x == x", ["x": deep])?.kind == .depthExceeded)
    #expect(try celFailure("'%s'.format([x])", ["x": deep])?.kind == .depthExceeded)
    for source in [
      "x == x && false", "x == x || true", "[0, 1].exists(i, i == 1 || x == x)", "[0, 1].all(i, i == 0 && x == x)",
    ] {
      #expect(try celFailure(source, ["x": deep])?.kind == .depthExceeded, "\(source)")
    }
    #expect(try celValue("x.size()", ["x": deep]) == 1)
  }

  @Test func constantsAreFoldedWithinABound() throws {
    let ones = "[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]"
    let source = "abcdefg".reversed().reduce("a > 0") { inner, name in "\(ones).all(\(name), \(inner))" }
    let program = try CELProgram.compile(source, variables: [:])
    guard case .failure(let error) = program.evaluate(CELMap()) else { Issue.record("no error"); return }
    #expect(error.kind == .costExceeded)
    #expect(try CELProgram.compile("[3, 1].map(x, x * 2)[0] + 1 == y", variables: ["y": .int]).test(["y": 7]).get())
  }

  @Test func aProgramServesManyThreads() async throws {
    let program = try CELProgram.compile(
      "x.matches('^a+$') && [x].exists(y, y.size() == n)", variables: ["x": .string, "n": .int])
    let sound = await withTaskGroup(of: Bool.self) { group in
      for n in 1...64 {
        group.addTask {
          (0..<200).allSatisfy { _ in
            program.test(["x": .string(String(repeating: "a", count: n)), "n": .int(Int64(n))]) == .success(true)
          }
        }
      }
      return await group.allSatisfy { $0 }
    }
    #expect(sound)
  }
}
