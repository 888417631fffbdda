import ArgumentParser
import Foundation

/// `countersign rule eval`: an expression of the policy language (CEL).
struct RuleCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rule", abstract: "Expressions of the policy language (CEL).", subcommands: [Eval.self])

  struct Eval: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Evaluates an expression.",
      discussion: """
        A line {"expr", "data": {name: Value}} is answered by {"value": Value} or {"error": "…"}; values are \
        cel.expr.Value in ProtoJSON, such as {"int64Value": "5"}.
        """)

    @Flag(help: "Answers JSON Lines on standard input.") var batch = false
    @Argument(help: "One such object.") var request: String?

    func run() throws {
      if batch { return answerLines { RuleBatch.answer(line: $0) } }
      guard let request else { throw ValidationError("an object {\"expr\", \"data\"} was expected, or --batch") }
      FileHandle.standardOutput.write(Data(RuleBatch.answer(line: Array(request.utf8)[...]) + [0x0A]))
    }
  }
}
