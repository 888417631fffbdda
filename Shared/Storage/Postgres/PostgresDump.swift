import CPostgres
import Foundation

/// Runs `pg_dump` (from the PATH, of the server's version or later) into a file in its custom format.
///
/// All that the URL says goes by environment variables, so that no password shows in the list of processes. The few
/// settings of a URL that have no variable (TCP keep-alives) are left out.
func dumpPostgres(_ url: String, to file: String) throws(StoreError) {
  var environment = ProcessInfo.processInfo.environment
  environment.merge(try environmentOf(url)) { _, new in new }
  let dump = Process()
  dump.executableURL = URL(fileURLWithPath: "/usr/bin/env")
  dump.arguments = ["pg_dump", "--format=custom", "--no-password", "--file=\(file)"]
  dump.environment = environment
  dump.standardInput = FileHandle.nullDevice
  dump.standardOutput = FileHandle.nullDevice
  let errors = Pipe()
  dump.standardError = errors
  do { try dump.run() } catch { throw StoreError(.unavailable, "pg_dump did not start: \(error)") }
  let said = errors.fileHandleForReading.readDataToEndOfFile()
  dump.waitUntilExit()
  guard dump.terminationStatus == 0 else {
    let text = String(decoding: said.prefix(2_000), as: UTF8.self)
    throw StoreError(text.contains("No space left") ? .full : .unavailable, "pg_dump: \(text)")
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
