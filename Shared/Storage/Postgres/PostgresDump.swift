import CPostgres
import Foundation

/// Runs `pg_dump` (from the PATH, of the server's version or later) into a file in its custom format.
///
/// All that the URL says goes by environment variables, so that no password shows in the list of processes. The few
/// settings of a URL that have no variable (TCP keep-alives) are left out.
func dumpPostgres(_ url: String, to file: String) throws(StoreError) {
  // What a restore has put aside is not dumped again.
  try runTool("pg_dump", ["--format=custom", "--exclude-schema=before_*", "--file=\(file)"], url)
}

/// Runs `pg_restore`: the tables of the schema `public`, all or nothing.
func loadPostgres(_ url: String, from file: String) throws(StoreError) {
  let name = try environmentOf(url)["PGDATABASE"] ?? "postgres"
  let options = ["--schema=public", "--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error"]
  try runTool("pg_restore", options + ["--dbname=\(name)", file], url)
}

private func runTool(_ name: String, _ arguments: [String], _ url: String) throws(StoreError) {
  var environment = ProcessInfo.processInfo.environment
  environment.merge(try environmentOf(url)) { _, new in new }
  let tool = Process()
  tool.executableURL = URL(fileURLWithPath: "/usr/bin/env")
  tool.arguments = [name, "--no-password"] + arguments
  tool.environment = environment
  tool.standardInput = FileHandle.nullDevice
  tool.standardOutput = FileHandle.nullDevice
  let errors = Pipe()
  tool.standardError = errors
  do { try tool.run() } catch { throw StoreError(.unavailable, "\(name) did not start: \(error)") }
  let said = errors.fileHandleForReading.readDataToEndOfFile()
  tool.waitUntilExit()
  guard tool.terminationStatus == 0 else {
    let text = String(decoding: said.prefix(2_000), as: UTF8.self)
    throw StoreError(text.contains("No space left") ? .full : .unavailable, "\(name): \(text)")
  }
}

/// The variables of libpq that say what the URL says.
private func environmentOf(_ url: String) throws(StoreError) -> [String: String] {
  var message: UnsafeMutablePointer<CChar>?
  guard let options = PQconninfoParse(url, &message) else {
    defer { PQfreemem(message) }
    throw StoreError(.unavailable, message.map { String(cString: $0) } ?? "no memory")
  }
  defer { PQconninfoFree(options) }
  var environment: [String: String] = [:]
  var next = options
  while next.pointee.keyword != nil {
    if let variable = next.pointee.envvar, let value = next.pointee.val {
      environment[String(cString: variable)] = String(cString: value)
    }
    next += 1
  }
  return environment
}
