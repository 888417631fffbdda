import ArgumentParser
import Foundation
import JSON

/// Asks audit one of its named questions.
struct AskCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ask", abstract: "Asks audit a question by its name; without one, lists what can be asked.",
    discussion: """
      countersign ask model case=CASE
      countersign ask overridden from=2026-11-17 to=2026-11-23
      countersign ask touched person="ISSUER SUBJECT"
      countersign ask seen person="ISSUER SUBJECT" at=2026-11-24T14:03:00Z
      countersign ask state case=CASE at=2026-11-24T14:03:00Z
      countersign ask cases where='risk = high and (outcome = rejected or latency > 3600)'
      """)

  @Argument(help: "The question's name.") var name: String?
  @Argument(help: "Its parameters, each NAME=VALUE.") var parameters: [String] = []
  @Option(help: "Where audit answers.") var audit = "http://127.0.0.1:7105"
  @Flag(help: "Prints audit's answer as JSON.") var json = false

  func run() async throws {
    let client = try WebClient(audit, tokenFile: nil)
    guard let name else {
      let answer = try await client.json("/v1/questions")
      if json { return printLine(answer.text) }
      for question in answer["questions"]?.array ?? [] { for line in told(question) { printLine(line) } }
      return
    }
    guard name.allSatisfy({ $0.isLetter && $0.isASCII || $0 == "-" }) else {
      throw OperatorError("\(clean(name)) is no question; `countersign ask` lists them.")
    }
    var items: [URLQueryItem] = []
    for parameter in parameters {
      let parts = parameter.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      guard parts.count == 2 else { throw OperatorError("\(clean(parameter)): NAME=VALUE was expected.") }
      items.append(URLQueryItem(name: parts[0], value: parts[1]))
    }
    var components = URLComponents()
    components.queryItems = items.isEmpty ? nil : items
    let query = (components.percentEncodedQuery ?? "").replacingOccurrences(of: "+", with: "%2B")
    let answer = try await client.json("/v1/questions/\(name)" + (query.isEmpty ? "" : "?\(query)"))
    if json { return printLine(answer.text) }
    printLine(clean(answer["text"]?.string ?? name))
    let rows = answer["answer"]?.array ?? []
    if rows.isEmpty { printLine("  nothing") }
    for row in rows {
      printLine()
      for (key, value) in row.object?.members ?? [] { printLine("  \(key.padding(toLength: 16, withPad: " ", startingAt: 0))\(words(value))") }
    }
    if let next = answer["next"]?.string { printLine("\nThere is more: after=\(clean(next))") }
  }

  private func told(_ question: JSON) -> [String] {
    let parameters = question["parameters"]?.array ?? []
    let names = parameters.map { parameter in
      let name = "\(parameter["name"]?.string ?? "")=…"
      return parameter["needed"]?.bool == true ? name : "[\(name)]"
    }
    return ["\(question["name"]?.string ?? "") \(names.joined(separator: " "))", "    \(clean(question["text"]?.string ?? ""))"]
      + parameters.map { "    \(($0["name"]?.string ?? "").padding(toLength: 8, withPad: " ", startingAt: 0))\(clean($0["text"]?.string ?? ""))" }
  }

  private func words(_ value: JSON) -> String {
    switch value {
    case .string(let text): clean(text)
    case .array(let values): values.map(words).joined(separator: ", ")
    case .null: "-"
    default: clean(value.text)
    }
  }
}
