import CEL
import Testing

/// Data beside its declaration: JSON has one kind of number and no timestamps.
@Suite struct CELDataTests {
  private func result(_ source: String, _ item: CELValue) throws -> Result<CELValue, CELEvaluationError> {
    try CELProgram.compile(source, variables: celFields).evaluate(["item": item])
  }

  @Test func numbersAndTimesTakeTheDeclaredType() throws {
    #expect(try result("item.rate * 2.0", ["rate": .int(3)]).get() == 6.0)
    #expect(try result("item.amount + 1", ["amount": .double(3)]).get() == 4)
    #expect(try result("item.amount + 1", ["amount": .uint(3)]).get() == 4)
    #expect(try result("item.due + duration('1h') == timestamp(3600)", ["due": "1970-01-01T00:00:00Z"]).get() == true)
    #expect(try result("item.age.getHours()", ["age": "36h"]).get() == 36)
    #expect(try result("item.lines.map(l, l.price * 2)", ["lines": [["price": 1.0], ["price": 2]]]).get() == [2, 4])
  }

  private static let unlike: [(String, CELValue)] = [
    ("item.amount > 1", ["amount": "5"]), ("item.amount > 1", ["amount": 1.5]), ("item.amount > 1", ["amount": .null]),
    ("item.vendor == ''", ["vendor": 1]), ("item.due > timestamp(0)", ["due": "soon"]),
    ("item.lines.all(l, true)", ["lines": ["price": 1]]), ("item.lines.all(l, l.price > 0)", ["lines": [1]]),
    ("item.labels.a == 'x'", ["labels": ["a": 1]]), ("item.amount > 1", 5),
  ]

  @Test(arguments: unlike)
  func otherDataThanDeclaredIsAnError(source: String, item: CELValue) throws {
    guard case .failure(let error) = try result(source, item) else { Issue.record("no error"); return }
    #expect(error.shortKind == .type)
  }

  @Test func nullableFieldsMayBeNull() throws {
    #expect(try result("item.due == null && item.age == null", ["due": .null, "age": .null]).get() == true)
    guard case .failure(let error) = try result("item.amount > 1", .null) else { Issue.record("no error"); return }
    #expect(error.kind == .missingField(path: "item.amount"))
    #expect(try result("item.note == null", ["note": .null]).get() == true)
    #expect(try result("item.note == 'a'", ["note": "a"]).get() == true)
  }

  @Test func aMissingFieldIsNamedByItsWholePath() throws {
    guard case .failure(let error) = try result("item.extra.a.b > 1", ["extra": ["a": [:]]]) else {
      Issue.record("no error"); return
    }
    #expect(error.kind == .missingField(path: "item.extra.a.b") && error.message == "no such field: item.extra.a.b")
    guard case .failure(let second) = try result("item.labels[item.vendor] == ''", ["labels": [:], "vendor": "x"])
    else { Issue.record("no error"); return }
    #expect(second.kind == .missingField(path: "item.labels[\"x\"]"))
    #expect(try result("item.amount > 1 || true", [:]).get() == true)
    guard case .failure(let third) = try CELProgram.compile("item.amount > 1", variables: celFields).evaluate(CELMap())
    else { Issue.record("no error"); return }
    #expect(third.kind == .missingField(path: "item"))
  }
}
