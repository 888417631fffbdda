import Identity
import JSON
import Wire

/// Values as people read them.
enum Plain {
  /// Text of a value: money formatted, lists by commas, tokens by their name.
  static func text(_ json: JSON, _ names: TokenNames) -> String {
    switch json {
    case .null: "nothing"
    case .bool(let value): value ? "yes" : "no"
    case .integer(let value): grouped(value)
    case .number(let value): canonicalText(value)
    case .string(let value): names.named(value)
    case .array(let elements):
      elements.isEmpty ? "none" : elements.map { text($0, names) }.joined(separator: ", ")
    case .object(let object):
      money(json) ?? object.members.map { "\($0.key): \(text($0.value, names))" }.joined(separator: ", ")
    }
  }

  private static func canonicalText(_ value: Double) -> String { JSON.number(value).text }

  /// `{"minor", "currency"}` as an amount with its currency; nil for anything else.
  static func money(_ json: JSON) -> String? {
    guard let object = json.object, object.count == 2, let minor = json["minor"]?.integer, let currency = json["currency"]?.string
    else { return nil }
    let digits = ["JPY", "KRW", "ISK", "CLP", "VND"].contains(currency) ? 0 : ["BHD", "KWD", "JOD", "OMR", "TND"].contains(currency) ? 3 : 2
    return amount(minor, digits: digits) + " " + currency
  }

  private static func amount(_ minor: Int64, digits: Int) -> String {
    var text = String(minor.magnitude)
    while text.count <= digits { text = "0" + text }
    let whole = UInt64(text.dropLast(digits)) ?? 0
    return (minor < 0 ? "−" : "") + groups(whole) + (digits == 0 ? "" : "." + text.suffix(digits))
  }

  static func grouped(_ value: Int64) -> String { (value < 0 ? "−" : "") + groups(value.magnitude) }

  private static func groups(_ value: UInt64) -> String {
    var text = ""
    for (index, digit) in String(value).reversed().enumerated() {
      if index > 0, index % 3 == 0 { text.append("\u{202F}") }
      text.append(digit)
    }
    return String(text.reversed())
  }

  static func decimal(_ value: Double, places: Int) -> String {
    guard value.isFinite, abs(value) < 1e12 else { return "?" }
    var scale: Double = 1
    for _ in 0..<places { scale *= 10 }
    let whole = Int64((value * scale).rounded())
    guard places > 0 else { return grouped(whole) }
    return amount(whole, digits: places)
  }

  /// A span of time in the largest unit that says enough: `3:12`, `14 min`, `5 h`, `2 d`.
  static func span(_ seconds: Double) -> String {
    let s = Int64(max(0, min(seconds, 1e9)))
    if s < 600 { return "\(s / 60):" + (s % 60 < 10 ? "0" : "") + "\(s % 60)" }
    if s < 7_200 { return "\(s / 60) min" }
    return s < 172_800 ? "\(s / 3600) h" : "\(s / 86_400) d"
  }

  /// `2026-11-24 08:15:02` of an RFC 3339 text.
  static func moment(_ text: String?) -> String {
    guard let text, text.utf8.count >= 19 else { return "" }
    return String(text.prefix(19)).replacing("T", with: " ")
  }

  /// A key as words: `due_on` is "Due on".
  static func words(_ key: String) -> String {
    let text = String(key.map { $0 == "_" || $0 == "-" || $0 == "." ? " " : $0 })
    // What is no ASCII stays as it is, so that people see what stands there.
    return text.utf8.first.map { $0 < 0x80 } ?? true ? text.prefix(1).uppercased() + text.dropFirst() : text
  }
}

/// Private values stand in a case as tokens; people see `[email 1]`, the same for the same value everywhere in the case.
struct TokenNames: Sendable {
  private var names: [String: String] = [:]

  init(_ file: JSON) {
    var counts: [String: Int] = [:]
    collect(file, &counts, depth: 0)
  }

  private mutating func collect(_ json: JSON, _ counts: inout [String: Int], depth: Int) {
    guard depth < 64 else { return }
    switch json {
    case .string(let text):
      for token in TokenNames.tokens(in: text) where names[String(token)] == nil {
        let kind = token.dropFirst(4).dropLast(23)
        counts[String(kind), default: 0] += 1
        names[String(token)] = "[\(kind) \(counts[String(kind)] ?? 1)]"
      }
    case .array(let elements): for element in elements { collect(element, &counts, depth: depth + 1) }
    case .object(let object): for member in object.members { collect(member.value, &counts, depth: depth + 1) }
    default: break
    }
  }

  /// Each token with its name, by name.
  var all: [(token: String, name: String)] {
    names.map { (token: $0.key, name: $0.value) }.sorted { ($0.name.count, $0.name) < ($1.name.count, $1.name) }
  }

  func knows(_ token: String) -> Bool { names[token] != nil }

  /// Whether a text is one token and nothing else.
  static func isToken(_ text: String) -> Bool { tokens(in: text).first.map { $0.utf8.count == text.utf8.count } ?? false }

  /// The same text with tokens for their names.
  func tokens(_ text: String) -> String {
    guard text.utf8.contains(UInt8(ascii: "[")) else { return text }
    return names.sorted { $0.value > $1.value }.reduce(text) { $0.replacing($1.value, with: $1.key) }
  }

  func named(_ text: String) -> String {
    var result = text
    for token in TokenNames.tokens(in: text) { if let name = names[String(token)] { result = result.replacing(token, with: name) } }
    return result
  }

  /// `tok_KIND_` and 22 characters of base64url.
  private static func tokens(in text: String) -> [Substring] {
    guard text.utf8.count <= 200_000 else { return [] }
    var found: [Substring] = []
    var rest = text[...]
    while let start = rest.firstRange(of: "tok_")?.lowerBound {
      let end = rest[start...].firstIndex { !($0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == "-")) } ?? rest.endIndex
      let token = rest[start..<end]
      if token.count >= 4 + 1 + 1 + 22, token.dropLast(22).last == "_" { found.append(token) }
      rest = rest[end...]
    }
    return found
  }
}
