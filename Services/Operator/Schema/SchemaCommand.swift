import ArgumentParser
import Foundation
import JSON
import JSONSchema

/// `countersign schema check`: JSON Schema, draft 2020-12.
struct SchemaCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "schema", abstract: "JSON Schema, draft 2020-12.", subcommands: [Check.self])

  struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Validates instances against schemas.",
      discussion: """
        With --batch: a line {"schema", "instance"} on standard input is answered by a line {"valid", "errors"}, or \
        {"error"} for a schema that cannot be used. Without: two files.
        """)

    @Flag(help: "Answers JSON Lines on standard input.") var batch = false
    @Option(help: "A folder that is served as http://localhost:1234/.") var remotes: String?
    @Argument(help: "The schema and the instance.") var files: [String] = []

    func run() throws {
      let remotes = remotes
      var checker = SchemaBatch { uri in
        guard let remotes, let path = SchemaBatch.remotePath(of: uri),
          let data = FileManager.default.contents(atPath: "\(remotes)/\(path)")
        else { return nil }
        return try? JSON.parse(Array(data), limits: JSONLimits(anyInteger: true))
      }
      if batch { return answerLines { checker.answer(line: $0) } }
      guard files.count == 2 else { throw ValidationError("two files were expected: SCHEMA INSTANCE, or --batch") }
      let line = try Data("{\"schema\":".utf8) + read(files[0]) + Data(",\"instance\":".utf8) + read(files[1]) + Data("}".utf8)
      FileHandle.standardOutput.write(Data(checker.answer(line: Array(line)[...]) + [0x0A]))
    }

    private func read(_ path: String) throws -> Data {
      guard let data = FileManager.default.contents(atPath: path) else { throw ValidationError("\(path) cannot be read") }
      return data
    }
  }
}

/// Answers each line of standard input with one line.
func answerLines(_ answer: (ArraySlice<UInt8>) -> [UInt8]) {
  while let line = readLine(strippingNewline: true) {
    FileHandle.standardOutput.write(Data(answer(Array(line.utf8)[...]) + [0x0A]))
  }
}
