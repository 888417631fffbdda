import JSON

/// What a service that puts tokens in the place of private values found in them before: which of the workflow's prohibited
/// entries each value holds. Behind the door nobody could find that any more.
public struct Screening: Sendable, Equatable {
  /// The bundle whose entries were looked for, by its hash.
  public let bundle: String
  /// Ids of entries by token, in the order of the file; the tokens of harmless values are left out.
  public let held: [String: [String]]

  public init(bundle: String, held: [String: [String]]) {
    self.bundle = bundle
    self.held = held
  }

  /// `{"bundle": HASH, "held": {TOKEN: [ID]}}`.
  public var json: JSON {
    let held = self.held.sorted { $0.key < $1.key }.map { ($0.key, JSON.array($0.value.map { .string($0) })) }
    return ["bundle": .string(bundle), "held": .object(JSONObject(held))]
  }

  /// Nil for anything that `json` did not write.
  public init?(_ json: JSON?) {
    guard let bundle = json?["bundle"]?.string, let members = json?["held"]?.object?.members else { return nil }
    var held: [String: [String]] = [:]
    for member in members { held[member.key] = (member.value.array ?? []).compactMap(\.string) }
    self.init(bundle: bundle, held: held)
  }

  /// What two services found. Where they looked with two versions of a policy, the result names neither.
  public func merged(with other: Screening) -> Screening {
    Screening(
      bundle: bundle == other.bundle ? bundle : "", held: held.merging(other.held) { first, _ in first })
  }
}
