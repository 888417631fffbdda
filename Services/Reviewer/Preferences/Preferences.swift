import JSON
import Wire

/// How somebody wants the desk to be: which keys do what, and which lists they keep at hand. Theirs alone, in no record.
struct Preferences: Sendable, Equatable {
  /// A list with an address, under a name of one's own.
  struct Pin: Sendable, Equatable {
    let name: String
    /// A query of the list of tasks, `state=free&queue=payments`.
    let query: String

    var json: JSON { ["name": .string(name), "query": .string(query)] }
  }

  /// Single keys do nothing (WCAG 2.1.4): who dictates, or whose cat walks about, decides nothing by accident.
  var areKeysOff = false
  /// By the desk's own key, the one that this person presses instead; only what differs.
  private(set) var keys: [Character: Character] = [:]
  private(set) var pins: [Pin] = []

  static let mostPins = 12
  static let none = Preferences()

  /// The desk's single keys, with what they do.
  static let acts: [(key: Character, what: String)] = [
    ("j", "Next"), ("k", "Previous"), ("c", "Claim, or make the claim longer"), ("u", "Give back"), ("y", "Say that you saw the page"), ("a", "Approve"),
    ("e", "Edit"), ("r", "Reject"), ("x", "Escalate"), ("d", "Show what you change"), ("v", "Open evidence that must be seen"), ("p", "Earlier cases like this"),
    ("m", "Comment"), ("h", "Hold for later"), ("s", "Skip"), ("t", "Hand over"), ("l", "Assign, if you lead"), ("w", "Ask somebody for help"),
    ("i", "Ask whoever asked for it"), ("o", "Reveal a private value; elsewhere the overview"), ("b", "Break the glass"), ("z", "Take back"), ("g", "Go to …"),
    ("q", "Queues"),
  ]

  init() {}

  /// Reads `{keys_off?, keys?, pins?}`; `keys` has own keys by the desk's.
  init(_ body: JSON) throws(WireError) {
    let fields = try Fields(body)
    areKeysOff = fields.optional("keys_off")?.bool ?? false
    for member in fields.optional("keys")?.object?.members ?? [] {
      guard let key = Self.letter(member.key), Self.acts.contains(where: { $0.key == key }) else {
        throw WireError("member keys: \(member.key.prefix(8)) is no key of the desk")
      }
      guard let text = member.value.string, let own = Self.letter(text) else { throw WireError("member keys: one letter of a to z was expected for \(key)") }
      if own != key { keys[key] = own }
    }
    let all = Self.acts.map { keys[$0.key] ?? $0.key }
    if let twice = all.first(where: { letter in all.filter { $0 == letter }.count > 1 }) { throw WireError("member keys: \(twice) would do two things") }
    let given = fields.optional("pins")?.array ?? []
    guard given.count <= Self.mostPins else { throw WireError("member pins: at most \(Self.mostPins) were expected") }
    for pin in given {
      guard let name = pin["name"]?.string, let query = pin["query"]?.string, (1...80).contains(name.unicodeScalars.count), Self.isQuery(query) else {
        throw WireError("member pins: {name, query} with a name of at most 80 characters and the query of a list were expected")
      }
      pins.append(Pin(name: name, query: query))
    }
  }

  /// What stays of a list's address: never a place outside of it.
  static func isQuery(_ text: String) -> Bool {
    text.utf8.count <= 400 && text.utf8.allSatisfy { byte in
      (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || "-._~%+=&".utf8.contains(byte)
    }
  }

  private static func letter(_ text: String) -> Character? {
    let lower = text.lowercased()
    guard lower.utf8.count == 1, let byte = lower.utf8.first, (0x61...0x7A).contains(byte) else { return nil }
    return Character(lower)
  }

  mutating func pin(_ pin: Pin) {
    pins.removeAll { $0.query == pin.query }
    pins.append(pin)
    if pins.count > Self.mostPins { pins.removeFirst() }
  }

  mutating func unpin(_ query: String) { pins.removeAll { $0.query == query } }

  func own(_ key: Character) -> Character { keys[key] ?? key }

  var json: JSON {
    ["keys_off": .bool(areKeysOff), "keys": map, "pins": .array(pins.map(\.json))]
  }

  /// Own keys by the desk's, as the script reads them.
  var map: JSON { .object(JSONObject(keys.sorted { $0.key < $1.key }.map { (String($0.key), .string(String($0.value))) })) }
}
