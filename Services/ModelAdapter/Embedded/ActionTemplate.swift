import JSON

/// The form of `action.template.json`: an action whose texts name, in braces, what goes there. So a model never chooses
/// whose record is changed: it fills the body, the item names the target.
///
/// `"{output.pay}"` alone stands for the value of any type; within a longer text a name stands for a text or a whole
/// number. Names begin with `item`, `output` or `decision` (what an expert filled in).
public struct ActionTemplate: Sendable, Equatable {
  public let json: JSON

  public init(_ json: JSON) { self.json = json }

  /// The action, or nil where a named value is missing, or where one that goes into `target` or `path` has other
  /// characters than letters, digits, `-`, `.`, `_` and `~` (RFC 3986, unreserved), or is `.` or `..`.
  public func action(item: JSON, output: JSON, decision: JSON? = nil) -> JSON? {
    let values: JSON = .object(JSONObject([("item", item), ("output", output), ("decision", decision ?? .null)]))
    guard case .object(let members) = json else { return nil }
    var action = JSONObject()
    for member in members.members {
      let address = member.key.sameCodePoints(as: "target") || member.key.sameCodePoints(as: "path")
      guard let value = fill(member.value, values, address) else { return nil }
      action[member.key] = value
    }
    return .object(action)
  }

  private func fill(_ form: JSON, _ values: JSON, _ address: Bool) -> JSON? {
    switch form {
    case .string(let text): return fill(text, values, address)
    case .object(let members):
      var filled = JSONObject()
      for member in members.members {
        guard let value = fill(member.value, values, address) else { return nil }
        filled[member.key] = value
      }
      return .object(filled)
    case .array(let elements):
      var filled: [JSON] = []
      for element in elements {
        guard let value = fill(element, values, address) else { return nil }
        filled.append(value)
      }
      return .array(filled)
    default: return form
    }
  }

  private func fill(_ text: String, _ values: JSON, _ address: Bool) -> JSON? {
    var result: [UInt8] = [], rest = Array(text.utf8)[...]
    while let open = rest.firstIndex(of: UInt8(ascii: "{")) {
      guard let close = rest[open...].firstIndex(of: UInt8(ascii: "}")) else { return nil }
      let name = String(decoding: rest[(open + 1)..<close], as: UTF8.self)
      guard let value = Self.value(name, values) else { return nil }
      if open == rest.startIndex, close == rest.endIndex - 1, result.isEmpty, !address { return value }
      guard let word = value.string ?? value.integer.map(String.init), !address || Self.isPlain(word) else {
        return nil
      }
      result += rest[rest.startIndex..<open]
      result += word.utf8
      rest = rest[(close + 1)...]
    }
    return .string(String(decoding: result + rest, as: UTF8.self))
  }

  private static func value(_ name: String, _ values: JSON) -> JSON? {
    var value = values
    for part in name.split(separator: ".") {
      guard let next = value[String(part)] else { return nil }
      value = next
    }
    return value.isNull ? nil : value
  }

  private static func isPlain(_ word: String) -> Bool {
    !word.isEmpty && !word.sameCodePoints(as: ".") && !word.sameCodePoints(as: "..")
      && word.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
          UInt8(ascii: "~"):
          true
        default: false
        }
      }
  }
}
