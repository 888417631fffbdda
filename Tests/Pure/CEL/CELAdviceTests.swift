import CEL
import Testing

/// What a compliance officer writes who knows spreadsheets or SQL, and what the message says to write instead.
@Suite struct CELAdviceTests {
  static let fields = celFields.merging(
    ["threshold": .object(["large": .int]), "facts": .object(["irreversible": .bool])]
  ) { $1 }

  @Test(arguments: [
    (#"risk = "low""#, 6, "write '=='"),
    ("risk = low", 6, "write '=='"),
    ("confidence => 0.92", 12, "write '>=', or a comma in exists(x, …)"),
    ("confidence =< 0.92", 12, "write '<='"),
    ("confidence > 92%", 17, "write 0.92 for 92%"),
    (#"confidence > .92 and risk = "low""#, 27, "write '=='"),
    ("confidence ≥ 0.92", 12, "write '>='"),
    ("confidence > 0,92", 15, "write a point in a number, as 0.92"),
    (#"risk == "low" AND confidence > 0.9"#, 15, "write '&&'"),
    ("risk == 'low' & confidence > 0.9", 15, "write '&&'"),
    ("risk == 'low' | confidence > 0.9", 15, "write '||'"),
    ("not item.urgent", 5, "write '!' before it"),
    (#"risk is "low""#, 6, "write '=='"),
    (#"risk <> "low""#, 6, "write '!='"),
    ("risk == low", 9, "write a text in quotes, 'low'"),
    (#"item.amount > "100""#, 13, "write 100 without quotes"),
    ("item.amount > 100.0", 13, "write 100"),
    ("item.vendor > 100", 13, "write '100' in quotes"),
    ("item.amout > 100", 6, "did you mean 'amount'?"),
    (#"item.vendor contains "GmbH""#, 13, "write text.contains('part')"),
    (#"item.vendor.contain("GmbH")"#, 13, "write text.contains('part')"),
    (#"item.vendor.includes("GmbH")"#, 13, "write text.contains('part')"),
    ("item.vendor.length > 5", 13, "write size(…)"),
    ("item.vendor.length() > 5", 13, "write size(…)"),
    ("len(item.vendor) > 5", 1, "write size(…)"),
    ("item.lines.any(l, l.price > 5)", 12, "write list.exists(x, …)"),
    ("item.lines.some(l, l.price > 5)", 12, "write list.exists(x, …)"),
    ("item.lines.price > 5", 12, "write item.lines.exists(x, x.price …), or all(x, …)"),
    ("item.lines.exists(l => l.price > 5)", 21, "write '>=', or a comma in exists(x, …)"),
    ("item.lines[0].prize > 5", 15, "did you mean 'price'?"),
    ("has(item)", 5, "write has(name.field)"),
    ("has(item.nte)", 1, "did you mean 'note'?"),
    ("exists(item.note)", 1, "write has(name.field)"),
    ("item.note != undefined", 14, "write has(name.field)"),
    ("item.note is not null", 11, "write '!='"),
    (#"risk in "low, medium""#, 6, "write text.contains(part)"),
    (#"risk in ("low", "medium")"#, 15, "write a list, ['a', 'b']"),
    ("risk in [low, medium]", 10, "write a text in quotes, 'low'"),
    (#"risk = "low" or risk = "medium""#, 6, "write '=='"),
    ("if item.urgent then true else false", 1, "write condition ? a : b"),
    ("item.urgent ? true", 19, "write condition ? a : b"),
    (#"item.urgent == "true""#, 13, "write true without quotes"),
    ("item.urgent == 1", 13, "write true or false, or the condition alone"),
    (#"item.due > "2026-01-31""#, 10, "write timestamp('2026-01-31T09:30:00Z')"),
    ("item.due < now()", 12, "a rule reads no clock, so that it always gives the same answer: compare two fields"),
    ("item.due < now", 12, "a rule reads no clock, so that it always gives the same answer: compare two fields"),
    ("item.age > 3", 10, "write duration('36h')"),
    (#"item.age > "3 days""#, 10, "write duration('36h')"),
    ("item.amount between 1 and 100", 13, "write a >= 1 && a <= 100"),
    ("1 < item.amount < 100", 17, "compare twice, as in 1 < a && a < 100"),
    ("item.amount > 10k", 17, "write the number in full, without unit or separators, as 10000"),
    ("item.amount > 1_000", 16, "write the number in full, without unit or separators, as 10000"),
    ("item.amount > 1.000,00", 20, "write a point in a number, as 0.92"),
    ("item.amount > €100", 15, "write the number alone"),
    ("(item.amount > 100", 19, "add ')'"),
    ("item.amount > 100)", 18, "remove it, or open '(' before"),
    (#"item.vendor == "ACME"#, 16, #"end it with ""#),
    ("item.vendor == “ACME”", 16, #"write '"'"#),
    (#"item.vendor like "ACME%""#, 13, "write text.contains('part') or text.matches('pattern')"),
    (#"item.vendor =~ "ACME.*""#, 13, "write text.matches('pattern')"),
    (#"item.vendor.matches('\d+')"#, 22, #"write '\\' for a backslash, or a raw text r'…'"#),
    ("item.vendor == ACME", 16, "write a text in quotes, 'ACME'"),
    (#"upper(item.vendor) == "ACME""#, 1, "write upperAscii()"),
    (#"item.vendor.toLowerCase() == "acme""#, 13, "write lowerAscii()"),
    ("item.vendor.lower() == 'acme'", 13, "write lowerAscii()"),
    (#"item.vendor.startswith("A")"#, 13, "did you mean 'startsWith'?"),
    ("item.amount", 6, "compare it, as in … > 0"),
    ("item.amount++", 13, "a rule changes nothing: compare the value"),
    ("item.amount += 1", 13, "a rule changes nothing: compare the value"),
    ("item['amout'] > 5", 5, "did you mean 'amount'?"),
    ("Item.amount > 5", 1, "did you mean 'item'?"),
    ("item .amount > 5;", 17, "leave it out"),
    ("min(item.amount, 5) > 3", 1, "write a < b ? a : b"),
    ("abs(item.amount) > 3", 1, "write a < 0 ? -a : a"),
    ("sum(item.lines) > 3", 1, "lists are not added up: have the item carry the total as a field"),
    ("item->amount > 5", 5, "write '.'"),
    ("item.amount != 5 &&", 20, "write what stands on its right"),
    ("&& item.amount != 5", 1, "write a condition before it"),
    ("item.amount === 5", 13, "write '=='"),
    ("item.amount !== 5", 13, "write '!='"),
    ("!item.amount", 7, "compare it, as in … > 0"),
    ("item.lines > 0", 12, "write size(…)"),
    ("count(item.lines) > 0", 1, "write size(…)"),
    ("item.lines.count() > 0", 12, "write size(…)"),
    ("threshold.larg < item.amount", 11, "did you mean 'large'?"),
    ("facts.irreversibel", 7, "did you mean 'irreversible'?"),
    ("$item.amount > 5", 1, "write the name or number alone"),
    ("item.amount > 5 # big", 17, "write '//' before a remark"),
    ("true ||", 8, "write what stands on its right"),
  ])
  func eachMistakeSaysWhatToWrite(source: String, column: Int, hint: String) {
    let errors = celComplaints(source, Self.fields, expecting: .bool)
    #expect(errors.first?.position.column == column, "\(errors)")
    #expect(errors.first?.hint?.hasPrefix(hint) == true, "\(errors)")
  }

  @Test func whatAnElementIsCalledIsNoSecondMistake() {
    #expect(celComplaints("item.lines.any(l, l.price > 5)", Self.fields).count == 1)
  }

  @Test func theListOfNamesHelpsWhereNoneIsNear() {
    let hint = celComplaints("x > 1", ["item": .dyn, "risk": .string]).first?.hint
    #expect(hint?.hasSuffix("names here: item, risk") == true)
    #expect(celComplaints("item.zzzzzz == 'a'", Self.fields).first?.hint?.hasPrefix("its fields: age, amount") == true)
  }

  private func shown(_ source: String) -> String {
    do throws(CELErrors) {
      _ = try CELProgram.compile(source, variables: Self.fields)
      return ""
    } catch {
      return error.description
    }
  }

  @Test func thePlaceIsShownUnderTheLine() {
    #expect(
      shown("risk == 'low' &&\n  item.amout > 1") == """
        2:8: 'item' has no field 'amout'; did you mean 'amount'?
            item.amout > 1
                 ^
        """)
    #expect(shown("\titem.amout > 1").hasSuffix("\n   item.amout > 1\n        ^"))
    #expect(shown("risk ==").hasSuffix("\n  risk ==\n         ^"))
  }

  @Test func ofALongLineThePartAroundThePlaceIsShown() {
    let text = shown(
      String(repeating: "true && ", count: 100) + "riks == 'low'" + String(repeating: " && true", count: 100))
    let lines = text.split(separator: "\n")
    #expect(lines.count == 3 && lines.allSatisfy { $0.unicodeScalars.count < 120 })
    let caret = lines[2].unicodeScalars.count - 1
    #expect(String(String.UnicodeScalarView(lines[1].unicodeScalars.dropFirst(caret))).hasPrefix("riks"))
    #expect(lines[1].hasPrefix("  …") && lines[1].hasSuffix("…"))
  }

  @Test func evaluationsSayWhatToWriteToo() throws {
    let absent = try celFailure("item.note == 'x'", ["item": ["a": 1]])
    #expect(absent?.hint == "write has(item.note) && … if it may be absent")
    let list = CELValue.list((0..<1_000).map { .int($0) })
    let error = try celFailure("x.all(a, x.all(b, x.all(c, true)))", ["x": list])
    #expect(error?.message == "evaluation cost limit exceeded" && error?.hint != nil)
  }
}
