import JSON
import Wire

/// The keys of one person that may still count. Which of them have been taken out of use the switches say.
struct PersonKeys: Sendable, Equatable {
  private(set) var keys: [PersonKeyRegistered] = []

  /// Of one person at once.
  static let most = 100

  init() {}

  func find(_ kid: String) -> PersonKeyRegistered? { keys.first { $0.key.sameCodePoints(as: kid) } }

  func after(_ registered: PersonKeyRegistered) -> PersonKeys {
    var next = self
    next.keys.removeAll { $0.until < registered.at || $0.key == registered.key }
    next.keys.append(registered)
    return next
  }

  func write(_ writer: inout JSONWriter) { writer.object { $0.member("person_keys", JSON.array(keys.map(\.json))) } }

  init(_ json: JSON) throws {
    keys = try (json["person_keys"]?.array ?? []).map { try PersonKeyRegistered(Fields($0)) }
  }
}
