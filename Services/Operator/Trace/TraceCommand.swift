import ArgumentParser
import Foundation
import JSON

/// Shows the trace of one case from the services' trace files.
struct TraceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trace", abstract: "Shows what the services did for one case, and when, from their trace files.",
    discussion:
      "Each service writes its spans to the file that its setting TRACE_FILE names. Times count from the first span.")

  @Argument(help: "The case.") var caseID: String
  @Argument(help: "The trace files of the services.") var files: [String]
  @Flag(help: "The spans as JSON.") var json = false

  func run() throws {
    var tree = TraceTree(case: caseID)
    let wanted = Data(caseID.utf8)
    for path in files {
      guard let data = try? Data(contentsOf: URL(fileURLWithPath: path), options: .alwaysMapped) else {
        throw OperatorError("\(path) cannot be read. Name the files of TRACE_FILE.")
      }
      for line in data.split(separator: 0x0A) where line.range(of: wanted) != nil { tree.take(line: line) }
    }
    guard !tree.spans.isEmpty else {
      throw OperatorError(
        "No span of case \(caseID) stands there. Is TRACE_FILE set, and was the case chosen (TRACE_EVERY)?")
    }
    if json { return printLine(tree.json.text) }
    printLine(
      "trace \(clean(tree.trace ?? "")) of case \(clean(caseID)): \(tree.spans.count) spans, \(tree.services.map(clean).joined(separator: ", "))"
    )
    for line in tree.lines { printLine(line) }
  }
}
