import JSON
import Wire

/// Puts tokens in the place of private values.
///
/// A token is `tok_KIND_` and 22 characters of base64url: 132 bits of HMAC-SHA-256 over case id and value, under one
/// key that the services which take values in share. So a value has the same token everywhere in a case, and nothing
/// links its tokens in two cases.
public struct Tokeniser: Sendable {
  private let hash: KeyedHash

  /// - Parameter key: at least 32 bytes.
  public init(key: [UInt8]) { hash = KeyedHash(key: key, purpose: "countersign.token.v1") }

  /// - Parameter text: the value; of a value that is no string its RFC 8785 form.
  public func token(for text: String, kind: String, caseID: String) -> String {
    let mark = base64url(hash.digest(Array(caseID.utf8), [0], Array(text.utf8)))
    return "tok_\(kind)_\(String(decoding: mark.prefix(22), as: UTF8.self))"
  }

  /// Replaces each marked value by its token. Null stays, and of a mark inside another one the outer counts.
  public func tokenise(_ data: JSON, _ marks: [PrivateMark], caseID: String) -> Tokenised {
    guard !marks.isEmpty else { return Tokenised(data: data) }
    var places = Places()
    for mark in marks {
      if let tokens = JSON.tokens(ofPointer: mark.pointer) { places.add(tokens[...], mark.kind) }
    }
    var result = Tokenised(data: data)
    result.data = replace(data, places, caseID, &result)
    return result
  }

  private func replace(_ value: JSON, _ places: Places, _ caseID: String, _ result: inout Tokenised) -> JSON {
    if let kind = places.kind {
      guard !value.isNull else { return value }
      let text = value.string ?? value.text
      let token = token(for: text, kind: kind, caseID: caseID)
      result.values[token] = text
      result.counts[kind, default: 0] += 1
      return .string(token)
    }
    switch value {
    case .object(var object):
      for (key, inner) in places.inner.values {
        if let member = object[key] { object[key] = replace(member, inner, caseID, &result) }
      }
      return .object(object)
    case .array(var items):
      for (key, inner) in places.inner.values {
        if let index = Int(key), items.indices.contains(index) {
          items[index] = replace(items[index], inner, caseID, &result)
        }
      }
      return .array(items)
    default: return value
    }
  }
}

/// Data without its private values.
public struct Tokenised: Sendable, Equatable {
  public internal(set) var data: JSON
  /// The values by their tokens.
  public internal(set) var values: [String: String] = [:]
  /// How many values of each kind were replaced.
  public internal(set) var counts: [String: Int] = [:]

  init(data: JSON) { self.data = data }

  /// `{"email": 1, …}`.
  public var countsJSON: JSON { .object(JSONObject(counts.map { ($0.key, .integer(Int64($0.value))) })) }
}

/// The marked places as a tree. Keyed by bytes, since keys that only look alike are two.
private struct Places {
  var kind: String?
  var inner: [[UInt8]: (key: String, places: Places)] = [:]

  mutating func add(_ tokens: ArraySlice<String>, _ kind: String) {
    guard let first = tokens.first else {
      if self.kind == nil || kind == "secret" { self.kind = kind }
      return
    }
    inner[Array(first.utf8), default: (first, Places())].places.add(tokens.dropFirst(), kind)
  }
}
