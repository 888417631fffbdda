import Bundles
import Foundation
import Host
import Hummingbird
import JSON
import Permits
import Synchronization
import Wire

@testable import countersign_model_adapter

/// Model-adapter's call for looks at the tickets' one source, which says what a test wants.
final class LookingStand: Sendable {
  private let says: Mutex<String?>
  private let asked = Mutex(0)
  private let moment = Mutex(ContinuousClock.now)

  /// - Parameter text: what the source says first.
  init(_ text: String) { says = Mutex(text) }

  /// - Parameter text: nil where it does not answer any more. The answer of the moment before stands for nobody.
  func say(_ text: String?) {
    says.withLock { $0 = text }
    moment.withLock { $0 = $0 + Looker.fresh }
  }

  /// How often the source was asked.
  var count: Int { asked.withLock { $0 } }

  private static func fetched(_ text: String?) -> Fetched {
    guard let text else { return Fetched(outcome: .failed("answered 503")) }
    return Fetched(outcome: .found(id: "/tickets/T-1001", fields: ["subject": .string(text)], score: nil, age: 0))
  }

  /// A case file's `sources` in which the source says this.
  static func sources(_ text: String, at now: Instant) throws -> JSON {
    guard let source = try Shipped.tickets.get().sources.first else { return [] }
    return .array([fetched(text).json(source, now: now)])
  }

  /// - Parameter reviewer: whose word opens it.
  func add(to router: Router<BasicRequestContext>, reviewer: SigningKey) throws {
    let file = FileManager.default.temporaryDirectory.appending(path: "looks-\(UUID().uuidString).jwks")
    try Data(KeySet([reviewer.verification]).jwks.canonical).write(to: file)
    let looker = Looker(clock: { self.moment.withLock { $0 } }) { _, _, _, _ in
      self.asked.withLock { $0 += 1 }
      return Self.fetched(self.says.withLock { $0 })
    }
    LookRoute(
      looker: looker, workflows: ["pay": try Shipped.tickets.get()], reviewers: PermitKeys(KeySource(file.path), of: "reviewer"), now: { .now }
    ).add(to: router)
  }
}
