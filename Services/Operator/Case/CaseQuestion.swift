import ArgumentParser
import JSON
import Wire

/// Which case, and where audit tells of it: of every command that asks for one.
struct CaseQuestion: ParsableArguments {
  @Argument(help: "The case's id.") var id: String
  @Option(help: "Where audit answers.") var audit = "http://127.0.0.1:7105"
  @Option(help: "A file with the operator's bearer token.") var tokenFile: String?

  func validate() throws {
    guard isCaseID(id) else { throw ValidationError("ID: a case id was expected, as 019ab000-0000-7000-8000-000000000001.") }
  }

  /// Audit's answer: all that is on record of the case, with contents where the token allows it.
  func answer() async throws -> JSON { try await WebClient(audit, tokenFile: tokenFile).json("/v1/cases/\(id)") }
}
