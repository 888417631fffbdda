import Bundles
import Domain

/// Which samples of a folder take each route and give each reason code that its bundle can give (ruling 23).
///
/// It rests on `expectations.json`, which `./deploy/demo --once` and the tests prove against what really comes of each
/// sample.
public struct Coverage: Sendable {
  public var routes: [(route: Route, samples: [String])]
  public var codes: [(code: ReasonCode, settings: [String], samples: [String])]

  /// Nil where the policy does not load.
  public init?(_ check: FolderCheck) {
    guard let possible = check.bundle?.possible else { return nil }
    routes = possible.routes.map { route in (route, check.expectations.filter { $0.route == route }.map(\.sample)) }
    codes = ReasonCode.allCases.compactMap { code in
      possible.codes[code].map { settings in
        (code, settings, check.expectations.filter { $0.codes.contains(code) }.map(\.sample))
      }
    }
  }

  /// What no sample takes, as mistakes of the folder.
  public func mistakes(in folder: String) -> [BundleMistake] {
    func mistake(_ key: String, _ value: String, _ by: String) -> BundleMistake {
      BundleMistake(
        file: "\(folder)/expectations.json", line: 1, key: key, value: value,
        expected: "a sample that \(by) expected", remedy: "add one to samples, with what is expected of it")
    }
    return routes.filter(\.samples.isEmpty).map { mistake("route", $0.route.rawValue, "takes the route \($0.route.rawValue)") }
      + codes.filter(\.samples.isEmpty).map {
        mistake("codes", $0.code.rawValue, "gives \($0.code.rawValue) (\($0.settings.joined(separator: ", ")))")
      }
  }
}
