import JSON

/// The entitlements that there are, from `approved.jsonl`.
struct Catalogue: Sendable {
  static let levels = ["read", "write", "approve", "admin"]

  struct Entry: Sendable {
    var name: String
    var title: String
    /// Job roles that usually have it; `*` stands for all.
    var roles: [String]
    /// Levels that count as privilege.
    var privileged: [String]
    /// What each level is called in the system of record, in the order of `levels`.
    var grants: [String]
    /// The longest grant of each level, in days, in the order of `levels`.
    var days: [Int]
    var words: PhraseBook

    func isUsual(for role: String) -> Bool {
      let role = FoldedText(role).bytes
      return roles.contains { $0 == "*" || FoldedText($0).bytes == role }
    }
  }
  let entries: [Entry]

  init(_ approved: [JSON]) throws(EmbeddedModelError) {
    var entries: [Entry] = []
    for (line, json) in approved.enumerated() {
      let grants = Self.levels.compactMap { json["grants"]?[$0]?.string }
      let days = Self.levels.compactMap { json["max_days"]?[$0]?.integer }.filter { (1...3650).contains($0) }
      guard let name = json["entitlement"]?.string, let title = json["title"]?.string, let roles = json["roles"]?.array,
        let privileged = json["privileged"]?.array, let words = json["words"]?.array, days.count == Self.levels.count,
        grants.count == days.count
      else {
        throw .malformedApproved(
          line: line + 1,
          expected: "entitlement, title, roles, privileged, words; grants and max_days (1 to 3650) for each level")
      }
      entries.append(
        Entry(
          name: name, title: title, roles: roles.compactMap(\.string), privileged: privileged.compactMap(\.string),
          grants: grants, days: days.map(Int.init), words: PhraseBook(words.compactMap(\.string))))
    }
    guard !entries.isEmpty else { throw .malformedApproved(line: 1, expected: "at least one entitlement") }
    self.entries = entries
  }

  /// 0 for none, then 1 to 4.
  static func rank(_ level: String) -> Int { (levels.firstIndex { $0.sameCodePoints(as: level) } ?? -1) + 1 }
}
