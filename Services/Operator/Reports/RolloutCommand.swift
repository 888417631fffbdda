import ArgumentParser
import Foundation
import JSON

/// How far workflows are on the four weeks of their rollout.
struct RolloutCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rollout", abstract: "The four weeks of a rollout: what each must have reached, measured now.",
    discussion: """
      Week 1: policy and ladder are sound. Week 2: a case is whole on record, and an alert was tested (countersign alarms --test). Week 3: what \
      reviewers decide stands when two others judge it blindly. Week 4: enough of what goes alone is looked at, and the daily report is signed. \
      Exits 1 while a week of one of them is open: put it before whatever takes a workflow live.
      """)

  @Argument(help: "Only this workflow.") var workflow: String?
  @Option(help: "Where audit answers.") var audit = "http://127.0.0.1:7105"
  @Flag(help: "Prints audit's answer as JSON.") var json = false

  func run() async throws {
    var path = "/v1/rollout"
    if let workflow {
      guard let name = workflow.addingPercentEncoding(withAllowedCharacters: .alphanumerics.union(CharacterSet(charactersIn: "-_."))) else {
        throw OperatorError("\(clean(workflow)) is no workflow's name.")
      }
      path += "?workflow=\(name)"
    }
    let answer = try await WebClient(audit, tokenFile: nil).json(path)
    let workflows = answer["workflows"]?.array ?? []
    if json { printLine(answer.text) } else { for each in workflows { for line in Self.lines(each) { printLine(line) } } }
    guard !workflows.isEmpty else { throw OperatorError("Audit knows no workflow: WORKFLOWS of audit names the folders.") }
    if workflows.contains(where: { $0["live"]?.bool != true }) { throw ExitCode(1) }
  }

  static func lines(_ each: JSON) -> [String] {
    let open = each["open_week"]?.integer
    var lines = ["\(clean(each["workflow"]?.string ?? "?")): \(open.map { "not to go live, week \($0) is open" } ?? "may go live")"]
    for week in each["weeks"]?.array ?? [] {
      lines.append("  week \(week["week"]?.integer ?? 0), \(clean(week["name"]?.string ?? "")): \(week["open"]?.bool == true ? "open" : "reached")")
      for criterion in week["criteria"]?.array ?? [] {
        lines.append("    \((criterion["state"]?.string ?? "").padding(toLength: 17, withPad: " ", startingAt: 0))\(clean(criterion["words"]?.string ?? ""))")
      }
    }
    return lines
  }
}
