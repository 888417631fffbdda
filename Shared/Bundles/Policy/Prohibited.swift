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

  func matches(_ documents: [(name: String, json: JSON)], in place: Place) -> [Match] {
    guard let screen = screens[place] else { return [] }
    var text: [UInt8] = []
    text.reserveCapacity(2048)
    for document in documents { Self.gather(document.json, into: &text) }
    guard screen.isFound(in: text) else { return [] }
    return entries.filter { $0.places.contains(place) }.compactMap { entry in
      guard let hit = entry.patterns.first(where: { $0.pattern.isFound(in: text) }) else { return nil }
      let field = documents.lazy.compactMap { Self.field($0.json, $0.name, hit.pattern) }.first ?? place.rawValue
      return Match(
        rule: entry.id, gate: .context, code: .policyProhibited, route: entry.route,
        because: clipped("\(field) holds \(hit.shown): \(entry.because)", to: Sentence.longest), evidence: field)
    }
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

  /// The path of the first text that holds the pattern.
  private static func field(_ json: JSON, _ path: String, _ pattern: Pattern) -> String? {
    switch json {
    case .string(let value):
      var text: [UInt8] = []
      appendFolded(value, to: &text)
      return pattern.isFound(in: text) ? path : nil
    case .array(let elements):
      for (index, element) in elements.enumerated() {
        if let found = field(element, "\(path)[\(index)]", pattern) { return found }
      }
    case .object(let object):
      for member in object.members {
        if let found = field(member.value, "\(path).\(clipped(visible(member.key), to: 40))", pattern) { return found }
      }
    default: break
    }
    return nil
  }
}
