import ArgumentParser
import Foundation
import JSON
import Wire

/// Looks whether everything is reachable, in time and in order.
struct DoctorCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Is everything reachable, in time, in order? A line for each check, a remedy for each red one.",
    discussion: "Exit 0 where all is green, 1 where anything is red.")

  @Option(help: "Where a service answers, as policy=http://HOST:PORT; the default is 127.0.0.1, 7101 to 7105.")
  var service: [String] = []
  @Option(help: "Lanes: the partitions that every internal topic should have.") var lanes = 4
  @Flag(help: "Prints a JSON object.") var json = false
  @OptionGroup var broker: BrokerOptions

  func run() async throws {
    var checks: [Check] = []
    var addresses = Dictionary(
      uniqueKeysWithValues: Service.allCases.enumerated().map { ($1, "http://127.0.0.1:\(7_101 + $0)") })
    for entry in service {
      let parts = entry.split(separator: "=", maxSplits: 1).map(String.init)
      guard parts.count == 2, let named = Service(rawValue: parts[0]) else {
        throw ValidationError("--service \(entry): SERVICE=URL was expected, SERVICE one of \(Service.allCases.map(\.rawValue).joined(separator: ", ")).")
      }
      addresses[named] = parts[1]
    }
    for service in Service.allCases { checks += await check(service, at: addresses[service] ?? "") }
    if let policy = addresses[.policy] { checks += await checkStops(policy) }
    checks += checkBroker()
    if let audit = addresses[.audit] { checks.append(await checkCompleteness(audit)) }
    let isGreen = checks.allSatisfy(\.isGreen)
    if json {
      printLine(JSON.object(JSONObject([("green", .bool(isGreen)), ("checks", .array(checks.map(\.json)))])).text)
    } else {
      for check in checks { for line in check.lines { printLine(line) } }
      printLine(isGreen ? "All is well." : "\(checks.filter { !$0.isGreen }.count) of \(checks.count) checks are red.")
    }
    if !isGreen { throw ExitCode(1) }
  }
}

/// One check and what came of it.
struct Check: Sendable {
  let name: String
  let isGreen: Bool
  let found: String
  /// What to do where it is red.
  let remedy: String

  static func green(_ name: String, _ found: String) -> Check { Check(name: name, isGreen: true, found: found, remedy: "") }

  static func red(_ name: String, _ found: String, remedy: String) -> Check {
    Check(name: name, isGreen: false, found: found, remedy: remedy)
  }

  var lines: [String] {
    let padded = name.padding(toLength: max(24, name.count + 1), withPad: " ", startingAt: 0)
    return ["\(isGreen ? "ok  " : "RED ") \(padded)\(clean(found))"] + (isGreen ? [] : ["       → \(remedy)"])
  }

  var json: JSON {
    ["name": .string(name), "green": .bool(isGreen), "found": .string(found), "remedy": .string(remedy)]
  }
}
