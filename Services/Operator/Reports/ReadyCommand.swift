import ArgumentParser
import Foundation
import JSON

/// Says of each workflow whether it is ready for production, and whether it is too slow.
struct ReadyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ready", abstract: "Production-ready: yes, or no because; too slow: no, or yes because. For each workflow, now.",
    discussion: "Exits 1 where one of them is not ready. Every criterion is told with --all.")

  @Argument(help: "Only this workflow.") var workflow: String?
  @Option(help: "Where audit answers.") var audit = "http://127.0.0.1:7105"
  @Flag(help: "Tells criteria that are met, too, and how fast budgets are spent.") var all = false
  @Flag(help: "Prints audit's answer as JSON.") var json = false

  func run() async throws {
    let answer = try await WebClient(audit, tokenFile: nil).json("/v1/workflows")
    if json { return printLine(answer.text) }
    let workflows = (answer["workflows"]?.array ?? []).filter { workflow == nil || $0["workflow"]?.string == workflow }
    guard !workflows.isEmpty else { throw OperatorError("Audit knows no such workflow: WORKFLOWS of audit names the folders.") }
    for each in workflows { for line in lines(each) { printLine(line) } }
    if workflows.contains(where: { $0["production_ready"]?.bool != true }) { throw ExitCode(1) }
  }

  private func lines(_ each: JSON) -> [String] {
    func reasons(_ name: String) -> [String] { (each[name]?.array ?? []).compactMap(\.string).map { "    \(clean($0))" } }
    let isReady = each["production_ready"]?.bool == true, isSlow = each["too_slow"]?.bool == true
    var lines = [clean(each["workflow"]?.string ?? "?"), "  production-ready: \(isReady ? "yes" : "no, because")"]
    lines += reasons("because")
    if let frozen = each["frozen"]?.string { lines.append("  budgets are spent, nothing may be loosened: \(clean(frozen))") }
    lines += ["  too slow: \(isSlow ? "yes, because" : "no")"] + reasons("too_slow_because")
    guard all else { return lines }
    lines.append("  criteria")
    for criterion in each["criteria"]?.array ?? [] {
      lines.append("    \((criterion["state"]?.string ?? "").padding(toLength: 17, withPad: " ", startingAt: 0))\(clean(criterion["words"]?.string ?? ""))")
    }
    lines.append("  burn rates (1 is as fast as allowed)")
    for burn in each["burn"]?.array ?? [] {
      let rates = (burn["windows"]?.object?.members ?? []).map { "\($0.key) \(rate($0.value["burn"]?.double))" }
      lines.append("    \((burn["budget"]?.string ?? "").padding(toLength: 17, withPad: " ", startingAt: 0))\(rates.joined(separator: ", "))")
    }
    return lines + ["  waiting for people: \(each["waiting"]?.array?.first?.integer ?? 0); paged and not taken: \(each["untaken"]?.integer ?? 0)"]
  }

  private func rate(_ value: Double?) -> String { value.map { "\(($0 * 10).rounded() / 10)" } ?? "–" }
}
