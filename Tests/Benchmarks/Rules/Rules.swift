import Bundles
import CEL
import Domain
import Foundation
import JSON

/// How many evaluations of the article's rules a core does in a second.
///
///     countersign-rules WORKFLOWS CASES
///
/// WORKFLOWS is the folder of article.yaml. Each case is another one (see `Case`). First the article's conditions as plain
/// CEL, as deploy/benchmarks/rules.py has other implementations do them; then whole verdicts of the policy file, with every
/// gate, reason and sentence. Prints for each the rate and what the routes sum to, which must be the same everywhere.
@main struct Rules {
  static func main() throws {
    let words = CommandLine.arguments
    guard words.count == 3, let count = Int(words[2]), count > 0 else {
      print("usage: countersign-rules WORKFLOWS CASES")
      exit(2)
    }
    let cases = (0..<count).map(Case.init)
    try conditions(cases)
    try verdicts(cases, URL(fileURLWithPath: words[1]))
  }

  /// The article's four lines. Names are as in the policy language; `blocked` stands for the phrases that are prohibited.
  private static func conditions(_ cases: [Case]) throws {
    let variables: [String: CELType] = ["confidence": .double, "risk": .string, "personal": .int, "blocked": .bool]
    let rules = try [
      ("blocked", Route.block), ("personal > 0 && confidence >= 0.75 && risk in [\"low\", \"medium\"]", .review),
      ("confidence >= 0.92 && risk == \"low\"", .auto), ("confidence >= 0.75 && risk in [\"low\", \"medium\"]", .review),
    ].map { (try CELProgram.compile($0.0, variables: variables, expecting: .bool), $0.1) }
    measure("conditions", cases) { one in
      for (program, route) in rules {
        if case .success(true) = program.test(one) { return route }
      }
      return .sme
    }
  }

  private static func verdicts(_ cases: [Case], _ folder: URL) throws {
    var schemas: [String: JSON] = [:]
    for name in ["item", "output"] {
      let file = "ticket-summary/\(name).schema.json"
      schemas[file] = try JSON.parse([UInt8](Data(contentsOf: folder.appendingPathComponent(file))))
    }
    let text = try String(contentsOf: folder.appendingPathComponent("article.yaml"), encoding: .utf8)
    let bundle = try Bundle.load(yaml: text, file: "article.yaml", schemas: schemas)
    measure("verdicts", cases) { bundle.evaluate($0.facts).route }
  }

  private static func measure(_ what: String, _ cases: [Case], _ route: (Case) -> Route) {
    var sum: UInt64 = 0
    let took = ContinuousClock().measure {
      for (index, one) in cases.enumerated() {
        // In the order of strictness: auto 1, review 2, sme 3, block 4.
        let number = UInt64((Route.allCases.firstIndex(of: route(one)) ?? 0) + 1)
        sum = (sum &* 31 &+ number &* UInt64(index + 1)) & 0xFFFF_FFFF
      }
    }
    let rate = Double(cases.count) / (took / .seconds(1))
    print("countersign \(what): \(Int(rate)) a second, checksum \(String(sum, radix: 16))")
  }
}

/// One of the cases: the same for the same number, in rules.py too.
struct Case: CELBindings {
  let confidence: Double
  let risk: Risk
  let personal: Int
  let blocked: Bool
  let facts: CaseFacts

  init(_ number: Int) {
    confidence = Double((number * 7_919) % 1_000_003) / 1_000_003
    risk = Risk.allCases[number % 4]
    personal = number % 5 == 0 ? 1 : 0
    blocked = number % 17 == 0
    facts = Self.facts(confidence, risk, personal, blocked, number)
  }

  private static func facts(_ confidence: Double, _ risk: Risk, _ personal: Int, _ blocked: Bool, _ number: Int) -> CaseFacts {
    var facts = CaseFacts(item: [
      "ticket": .string("T-\(number)"), "channel": "web", "risk": .string(risk.rawValue),
      "body": .string(blocked ? "This one is policy blocked." : "The printer is out of paper."),
    ])
    facts.model = confidence
    if personal > 0 { facts.personal = ["email": personal] }
    return facts
  }

  func value(of name: String) -> CELValue? {
    switch name {
    case "confidence": .double(confidence)
    case "risk": .string(risk.rawValue)
    case "personal": .int(Int64(personal))
    case "blocked": .bool(blocked)
    default: nil
    }
  }
}
