import Foundation
import JSON

/// Alerts that begin and end for a test, in the running installation.
struct AlarmTest {
  private let web: WebClient
  /// How long audit may take until it shows what it was asked for.
  private static let patience = Duration.seconds(30)

  init(_ web: WebClient) { self.web = web }

  /// - Parameter code: of one alert, or `all`.
  func run(_ code: String) async throws {
    let kinds = try await web.json("/v1/alarms")["kinds"]?.array ?? []
    let known = kinds.compactMap { $0["code"]?.string }
    guard code == "all" || known.contains(code) else { throw OperatorError("There is no alert \(clean(code)); countersign alarms --kinds lists them.") }
    for each in code == "all" ? known : [code] {
      let (began, answer) = try await turn(each, "standing")
      let (ended, _) = try await turn(each, "resolved")
      printLine("\(each.padding(toLength: 22, withPad: " ", startingAt: 0))stands after \(began) s, over after \(ended) s  \(clean(answer["runbook"]?.string ?? ""))")
    }
  }

  /// - Returns: seconds until audit showed it, and its answer.
  private func turn(_ code: String, _ state: String) async throws -> (String, JSON) {
    let clock = ContinuousClock(), began = ContinuousClock.now
    let answer = try await web.posted("/v1/alarms/test", ["code": .string(code), "state": .string(state)])
    while clock.now - began < Self.patience {
      let standing = try await web.json("/v1/alarms")["standing"]?.array ?? []
      if standing.contains(where: { $0["key"] == answer["key"] }) == (state == "standing") {
        let seconds = Double((clock.now - began) / .milliseconds(100)).rounded() / 10
        return ("\(seconds)", answer)
      }
      try await Task.sleep(for: .milliseconds(100))
    }
    throw OperatorError("Audit does not show that \(code) is \(state); its log tells why.")
  }
}
