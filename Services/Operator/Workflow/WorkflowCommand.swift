import ArgumentParser
import Bundles
import Foundation
import JSON
import Workflows

/// `countersign workflow`: folders of workflows.
struct WorkflowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "workflow", abstract: "Workflow folders: check one, make one.", subcommands: [Check.self, New.self])

  struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Says everything that is wrong with workflow folders, at once.",
      discussion: """
        Each mistake is told with file, line, setting, what stands there, what was expected and what to do. Ends with 1 if \
        there is any. Rules that no case can meet or that others shadow are found by proof over the conditions and the \
        schemas: what is not told may still be so where a condition computes.
        """)

    @Flag(help: "Lists every route and reason code that the policy can give, and the samples that take it; missing ones are mistakes.")
    var coverage = false
    @Flag(help: "Prints JSON.") var json = false
    @Argument(help: "Workflow folders, or folders that hold some.") var folders: [String]

    func run() throws {
      let checked = try folders.flatMap(WorkflowCommand.workflows).map { WorkflowReport($0, coverage: coverage) }
      if json {
        printLine(JSON.object(JSONObject([("folders", .array(checked.map(\.json)))])).text)
      } else {
        for report in checked { report.lines.forEach { printLine($0) } }
      }
      if !checked.allSatisfy(\.mistakes.isEmpty) { throw ExitCode(1) }
    }
  }

  /// The folder itself, or those right inside that hold a policy.
  static func workflows(_ path: String) throws -> [URL] {
    let url = URL(fileURLWithPath: path)
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue else {
      throw OperatorError("\(path): a workflow folder was expected; `countersign workflow new` makes one.")
    }
    func holdsPolicy(_ url: URL) -> Bool {
      FileManager.default.fileExists(atPath: url.appendingPathComponent("policy.yaml").path)
    }
    if holdsPolicy(url) { return [url] }
    let inside = try FileManager.default.contentsOfDirectory(atPath: path).sorted()
      .map { url.appendingPathComponent($0) }.filter(holdsPolicy)
    return inside.isEmpty ? [url] : inside
  }

  struct New: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Makes a workflow folder to start from, which passes the check.")

    @Argument(help: "Its name, such as refund-request.") var name: String
    @Option(help: "The folder in which it is made.") var `in` = "."

    func validate() throws {
      guard (2...40).contains(name.utf8.count), name.utf8.first != 0x2D,
        name.utf8.allSatisfy({ $0 == 0x2D || (0x30...0x39).contains($0) || (0x61...0x7A).contains($0) })
      else { throw ValidationError("NAME: 2 to 40 small letters, digits and - were expected, such as refund-request") }
    }

    func run() throws {
      let url = URL(fileURLWithPath: `in`).appendingPathComponent(name)
      guard !FileManager.default.fileExists(atPath: url.path) else {
        throw OperatorError("\(url.path) is there already; name another, or remove it first.")
      }
      for (file, text) in NewWorkflow(name).files {
        let place = url.appendingPathComponent(file)
        try FileManager.default.createDirectory(
          at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: place)
      }
      printLine("\(url.path) is made. Next:")
      printLine("  countersign workflow check --coverage \(url.path)")
      printLine("then change its policy.yaml, schemas and samples; deploy/docs/policy.md leads to a live workflow.")
    }
  }
}
