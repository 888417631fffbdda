import CEL
import JSON

/// Where evidence or the current state comes from.
public struct Source: Sendable, Equatable {
  public enum Kind: String, Sendable, CaseIterable {
    /// Sent along in the item, at the path `from`.
    case item
    /// Fetched by GET as JSON from `url`.
    case http
    /// Found by BM25 among the files of `folder`, with the text at the path `query`.
    case directory
  }
  public var name: String
  public var kind: Kind
  /// For `http`: a path or address with `{item.field}` places, each an unmarked field of the item.
  public var url: String
  /// For `item`.
  public var from: String
  /// For `directory`.
  public var folder: String
  public var query: String
  public var timeoutMilliseconds: Int
  /// Older content is stale.
  public var shelfLifeSeconds: Int
  /// Without it the context gate sends the case to a person.
  public var required: Bool
  /// Whether it is the state that the action changes.
  public var current: Bool
  /// Whether nobody may decide at high impact who has not opened it.
  public var mustView: Bool
  /// Whether it is asked once more when somebody decides. Only for one that changes by itself, such as a counter, it is not.
  public var looksAgain: Bool
  /// The file of its schema, with the marks of personal fields; empty where `fields` declares it.
  public var schema: String

  /// The address to ask for an item; nil where the item lacks a field that it names.
  ///
  /// Values are percent-encoded but for RFC 3986's unreserved characters, so that none can leave its place.
  public func address(for item: JSON) -> String? {
    var out = ""
    var rest = url[...]
    while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
      out += rest[..<open]
      guard let value = Self.value(at: rest[rest.index(after: open)..<close], in: item) else { return nil }
      out += Self.encoded(value)
      rest = rest[rest.index(after: close)...]
    }
    return out + rest
  }

  private static func value(at path: Substring, in item: JSON) -> String? {
    var place = item
    for name in path.split(separator: ".").dropFirst() {
      guard let next = place[String(name)] else { return nil }
      place = next
    }
    switch place {
    case .string(let text): return text.isEmpty ? nil : text
    case .integer(let whole): return String(whole)
    default: return nil
    }
  }

  private static func encoded(_ text: String) -> String {
    let hex = Array("0123456789ABCDEF")
    var out = ""
    for byte in text.utf8 {
      if isAlphanumeric(byte) || "-_~".utf8.contains(byte) || (byte == 0x2E && text != "." && text != "..") {
        out.unicodeScalars.append(Unicode.Scalar(byte))
      } else {
        out += "%\(hex[Int(byte >> 4)])\(hex[Int(byte & 15)])"
      }
    }
    return out
  }
}
