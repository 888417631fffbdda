import JSON

/// The private values that a case's vault holds, to be hidden wherever they come back: in what an executor reports.
public struct KnownValues: Sendable {
  /// By the first byte of the value, the longest first.
  private let parts: [UInt8: [(value: [UInt8], token: String)]]
  private let whole: [[UInt8]: String]
  /// Whether an object or a list is among them.
  private let holdsStructures: Bool
  /// Shorter ones are hidden only where they are all of a text: "Al" would be found in half of all words.
  static let shortestPart = 4

  /// - Parameter values: by their tokens, as `Sealer.open` gives them.
  public init(_ values: [String: String]) {
    let pairs = values.map { (value: Array($0.value.utf8), token: $0.key) }.filter { !$0.value.isEmpty }
      .sorted { ($0.value.count, $0.token) > ($1.value.count, $1.token) }
    whole = Dictionary(pairs.map { ($0.value, $0.token) }) { first, _ in first }
    parts = Dictionary(grouping: pairs.filter { $0.value.count >= KnownValues.shortestPart }) { $0.value[0] }
    holdsStructures = pairs.contains { $0.value[0] == UInt8(ascii: "{") || $0.value[0] == UInt8(ascii: "[") }
  }

  /// The same with tokens for the values: as whole texts, keys and numbers, and inside of texts.
  public func hide(in json: JSON) -> JSON {
    guard !whole.isEmpty else { return json }
    switch json {
    case .string(let text): return .string(hide(in: text))
    case .integer, .number: return token(of: json) ?? json
    case .array(let items): return (holdsStructures ? token(of: json) : nil) ?? .array(items.map(hide))
    case .object(let object):
      return (holdsStructures ? token(of: json) : nil)
        ?? .object(JSONObject(object.members.map { (hide(in: $0.key), hide(in: $0.value)) }))
    case .null, .bool: return json
    }
  }

  private func token(of json: JSON) -> JSON? { whole[json.canonical].map { .string($0) } }

  private func hide(in text: String) -> String {
    let bytes = Array(text.utf8)
    if let token = whole[bytes] { return token }
    var result: [UInt8] = []
    var at = 0
    var copied = 0
    while at < bytes.count {
      guard let known = parts[bytes[at]]?.first(where: { bytes[at...].starts(with: $0.value) }) else {
        at += 1
        continue
      }
      result += bytes[copied..<at]
      result += known.token.utf8
      at += known.value.count
      copied = at
    }
    return copied == 0 ? text : String(decoding: result + bytes[copied...], as: UTF8.self)
  }
}
