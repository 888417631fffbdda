import Domain
import JSON

/// Content that may not pass, in what came in or in what would go out.
struct Prohibited: Sendable {
  enum Place: String, Sendable, CaseIterable {
    case item, proposal
  }
  struct Entry: Sendable {
    var id: String
    var places: [Place]
    /// What was declared, for the sentence, beside its compiled form.
    var patterns: [(shown: String, pattern: Pattern)]
    var route: Route
    var because: String
  }
  var entries: [Entry]
  /// One pattern for all of a place, so that innocent text is searched once.
  var screens: [Place: Pattern]

  /// Bytes of text searched at most; what is longer is malformed by the limits of the door.
  static let mostBytes = 1 << 20

  /// - Parameter held: ids of entries by the tokens of private values that hold them.
  func matches(
    _ documents: [(name: String, json: JSON)], in place: Place, held: [String: [String]]
  ) -> [Match] {
    guard let screen = screens[place] else { return [] }
    var text: [UInt8] = []
    text.reserveCapacity(2048)
    for document in documents { Self.gather(document.json, into: &text) }
    let isFound = screen.isFound(in: text)
    guard isFound || !held.isEmpty else { return [] }
    return entries.filter { $0.places.contains(place) }.compactMap { entry in
      if isFound, let hit = entry.patterns.first(where: { $0.pattern.isFound(in: text) }) {
        let field = Self.field(documents) { hit.pattern.isFound(in: Self.folded($0)) } ?? place.rawValue
        return Self.match(entry, field, holds: hit.shown)
      }
      let tokens = held.filter { $0.value.contains(entry.id) }.keys
      guard !tokens.isEmpty, let field = Self.field(documents, { text in tokens.contains { text.contains($0) } }) else {
        return nil
      }
      return Self.match(entry, field, holds: "a private value with prohibited words")
    }
  }

  /// The ids of the entries, for any place, that a text holds, in the order of the file.
  func ids(heldBy text: String) -> [String] {
    let bytes = Self.folded(text)
    guard screens.values.contains(where: { $0.isFound(in: bytes) }) else { return [] }
    return entries.filter { $0.patterns.contains { $0.pattern.isFound(in: bytes) } }.map(\.id)
  }

  private static func match(_ entry: Entry, _ field: String, holds what: String) -> Match {
    Match(
      rule: entry.id, gate: .context, code: .policyProhibited, route: entry.route,
      because: clipped("\(field) holds \(what): \(entry.because)", to: Sentence.longest), evidence: field)
  }

  private static func folded(_ text: String) -> [UInt8] {
    var bytes: [UInt8] = []
    appendFolded(text, to: &bytes)
    return bytes
  }

  /// All texts of a document, parted by a byte that no pattern for words spans.
  private static func gather(_ json: JSON, into text: inout [UInt8]) {
    guard text.count < mostBytes else { return }
    switch json {
    case .string(let value):
      appendFolded(value, to: &text)
      text.append(0x01)
    case .array(let elements): for element in elements { gather(element, into: &text) }
    case .object(let object): for member in object.members { gather(member.value, into: &text) }
    default: break
    }
  }

  private static func field(_ documents: [(name: String, json: JSON)], _ holds: (String) -> Bool) -> String? {
    for document in documents {
      if let found = field(document.json, document.name, holds) { return found }
    }
    return nil
  }

  /// The path of the first text that holds what is looked for.
  private static func field(_ json: JSON, _ path: String, _ holds: (String) -> Bool) -> String? {
    switch json {
    case .string(let value): return holds(value) ? path : nil
    case .array(let elements):
      for (index, element) in elements.enumerated() {
        if let found = field(element, "\(path)[\(index)]", holds) { return found }
      }
    case .object(let object):
      for member in object.members {
        if let found = field(member.value, "\(path).\(clipped(visible(member.key), to: 40))", holds) { return found }
      }
    default: break
    }
    return nil
  }
}
