import Foundation
import Wire

/// A service's command line, the same for all five:
///
///     countersign-SERVICE --config FILE     runs it
///     countersign-SERVICE --check FILE      lists every mistake in the settings, exit 1, or says ok
///     countersign-SERVICE --help            lists the settings
///
/// Without a file the settings come from `COUNTERSIGN_…` in the environment alone.
/// - Parameters:
///   - read: makes the service's configuration and calls `finish`.
///   - check: what `--check` looks at besides, such as the folders that settings name; throws all that is wrong.
public func run<Config>(
  _ service: Service, read: @Sendable (inout Settings) throws -> Config,
  check: @Sendable (Config) throws -> Void = { _ in }, serve: @Sendable (Config) async throws -> Void
) async {
  let arguments = Array(CommandLine.arguments.dropFirst())
  dieAtOnce()
  do {
    switch (arguments.first, arguments.count) {
    case ("--help", _):
      var settings = Settings(file: nil)
      _ = try? read(&settings)
      say("countersign-\(service.rawValue) --config FILE | --check FILE\n\nSettings (KEY=VALUE a line):")
      for key in settings.keys { say("  \(key.name)\(key.fallback.map { " (\($0))" } ?? "")\n      \(key.meaning)") }
    case ("--check", 2):
      var settings = Settings(file: try text(of: arguments[1]))
      try check(read(&settings))
      say("ok")
    case ("--config", 2):
      var settings = Settings(file: try text(of: arguments[1]), environment: ProcessInfo.processInfo.environment)
      try await serve(read(&settings))
    case (nil, _):
      var settings = Settings(file: nil, environment: ProcessInfo.processInfo.environment)
      try await serve(read(&settings))
    default:
      say("countersign-\(service.rawValue): expected --config FILE, --check FILE or --help")
      exit(64)
    }
  } catch {
    FileHandle.standardError.write(Data("countersign-\(service.rawValue): \(error)\n".utf8))
    exit(1)
  }
}

/// A crash ends the process at once, so that whoever watches over it can start it anew. Swift's own report of a crash keeps a
/// service of this size and many threads standing for minutes; who wants it sets `SWIFT_BACKTRACE`.
private func dieAtOnce() {
  guard ProcessInfo.processInfo.environment["SWIFT_BACKTRACE"] == nil else { return }
  for number in [SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGQUIT, SIGSEGV, SIGTRAP] { signal(number, SIG_DFL) }
}

private func text(of path: String) throws -> String {
  do { return try String(contentsOfFile: path, encoding: .utf8) } catch {
    throw SettingsError(
      mistakes: [.init(key: "--config", value: path, expected: "a file that can be read", remedy: "Name the settings file.")])
  }
}

private func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }

extension Settings {
  /// The folders of workflows: each path is a workflow folder, or holds some.
  public mutating func folders(_ key: String, default fallback: String? = nil, _ meaning: String) -> [URL] {
    let value = fallback.map { text(key, default: $0, meaning) } ?? text(key, meaning)
    var found: [URL] = []
    for path in value.split(separator: ",").map({ $0.trimmingCharacters(in: .whitespaces) }) where !path.isEmpty {
      let url = URL(fileURLWithPath: path)
      let inside = (try? FileManager.default.contentsOfDirectory(atPath: path))?.sorted() ?? []
      let workflows = inside.contains("policy.yaml")
        ? [url]
        : inside.map { url.appendingPathComponent($0) }.filter {
          FileManager.default.fileExists(atPath: $0.appendingPathComponent("policy.yaml").path)
        }
      if workflows.isEmpty {
        fail(key, path, expected: "a folder of workflows, each with a policy.yaml", remedy: "Name deploy/workflows, for example.")
      }
      found += workflows
    }
    return found
  }
}
