import JSON

/// Shows the tokens of private values as names, `[email 1]` for the first one of its kind: the same value, the same name.
struct TokenNames {
  private var names: [String: String] = [:]
  private var counts: [String: Int] = [:]

  /// The same with names for tokens, in all texts but signed ones.
  mutating func named(_ json: JSON) -> JSON {
    switch json {
    case .string(let text): return .string(named(text))
    case .array(let elements):
      var result: [JSON] = []
      for element in elements { result.append(named(element)) }
      return .array(result)
    case .object(let object):
      var result = JSONObject()
      for member in object.members { result[member.key] = named(member.value) }
      return .object(result)
    default: return json
    }
  }

  /// A token is `tok_KIND_` and 22 characters of base64url.
  private mutating func named(_ text: String) -> String {
    let bytes = Array(text.utf8)
    guard bytes.count >= 28, text.contains("tok_") else { return text }
    var result: [UInt8] = []
    var at = 0
    while at < bytes.count {
      guard bytes[at...].starts(with: Array("tok_".utf8)), at == 0 || !TokenNames.isTokenByte(bytes[at - 1]) else {
        result.append(bytes[at])
        at += 1
        continue
      }
      let end = bytes[at...].firstIndex { !TokenNames.isTokenByte($0) } ?? bytes.count
      let token = String(decoding: bytes[at..<end], as: UTF8.self)
      result += (name(of: token) ?? token).utf8
      at = end
    }
    return String(decoding: result, as: UTF8.self)
  }

  private mutating func name(of token: String) -> String? {
    if let known = names[token] { return known }
    let kind = token.dropFirst(4).dropLast(23)
    guard !kind.isEmpty, token.dropLast(22).last == "_" else { return nil }
    counts[String(kind), default: 0] += 1
    let name = "[\(kind) \(counts[String(kind)] ?? 1)]"
    names[token] = name
    return name
  }

  private static func isTokenByte(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == 0x5F || byte == 0x2D
  }
}
