import JSON
import Yams

/// Turns policy text into a YAML tree, refusing what no honest policy needs and a hostile one would use.
enum PolicyText {
  /// Bytes in a policy file at most.
  static let mostBytes = 128 * 1024
  /// Levels of nesting at most; the deepest honest policy has seven.
  static let mostLevels = 16

  static func tree(_ yaml: String, _ mistakes: Mistakes) -> Node? {
    guard yaml.utf8.count <= mostBytes else {
      mistakes.add(1, "", "at most \(mostBytes) bytes expected, \(yaml.utf8.count) found", "split the workflow")
      return nil
    }
    guard isPlain(yaml, mistakes) else { return nil }
    do {
      guard let node = try Yams.compose(yaml: yaml) else {
        mistakes.add(1, "", "a policy expected, an empty file found", "start from another workflow's policy.yaml")
        return nil
      }
      return node
    } catch let error as YamlError {
      let (line, problem) = place(of: error)
      if isIndentedByTab(yaml, line) {
        mistakes.add(line, "", "spaces at the beginning of the line expected, a tab found", "write spaces")
      } else {
        mistakes.add(line, "", "YAML expected: \(problem)", "quote texts that hold ': ', ' #' or start with ! & * [ {")
      }
    } catch {
      mistakes.add(1, "", "YAML expected", "check the file's encoding")
    }
    return nil
  }

  private static func isIndentedByTab(_ yaml: String, _ line: Int) -> Bool {
    let lines = yaml.utf8.split(separator: 0x0A, omittingEmptySubsequences: false)
    guard lines.indices.contains(line - 1) else { return false }
    return lines[line - 1].prefix { $0 == 0x20 || $0 == 0x09 }.contains(0x09)
  }

  /// Anchors and aliases let a few lines stand for billions of nodes, and long runs of brackets or dashes overflow the
  /// YAML parser's stack; both are refused before it sees the text.
  private static func isPlain(_ yaml: String, _ mistakes: Mistakes) -> Bool {
    var line = 1, open = 0, dashes = 0
    var before = UInt8(ascii: "\n")
    let bytes = Array(yaml.utf8)
    for (index, byte) in bytes.enumerated() {
      switch byte {
      case UInt8(ascii: "\n"): line += 1; dashes = 0
      case UInt8(ascii: "["), UInt8(ascii: "{"): open += 1
      case UInt8(ascii: "]"), UInt8(ascii: "}"): open = max(0, open - 1)
      case UInt8(ascii: "-"), UInt8(ascii: "?"): dashes += 1
      case UInt8(ascii: "&"), UInt8(ascii: "*"):
        let after = index + 1 < bytes.count ? bytes[index + 1] : UInt8(ascii: " ")
        if "\n\r\t [{,:".utf8.contains(before), !"\n\r\t &*=".utf8.contains(after) {
          mistakes.add(
            line, "", "no anchors or aliases expected",
            "write the text out, or a space after \(Character(Unicode.Scalar(byte)))")
          return false
        }
      default: break
      }
      if open > 100 || dashes > 200 {
        mistakes.add(line, "", "at most \(mostLevels) levels of nesting expected", "flatten the file")
        return false
      }
      before = byte
    }
    return true
  }

  private static func place(of error: YamlError) -> (line: Int, problem: String) {
    switch error {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      (mark.line, problem)
    case .duplicatedKeysInMapping(let keys, let context):
      (context.mark.line, "each key once, but \(keys.map { "\"\($0)\"" }.joined(separator: ", ")) stands twice")
    case .reader(let problem, _, _, _): (1, problem)
    default: (1, "the text cannot be read")
    }
  }
}

extension PolicyText {
  /// The file as a JSON value, with the types of YAML's core schema: what the canonical form is made of.
  static func json(_ node: Node, depth: Int = 0) -> JSON? {
    guard depth < mostLevels else { return nil }
    switch node {
    case .scalar(let scalar): return json(scalar)
    case .sequence(let sequence):
      var elements: [JSON] = []
      for element in sequence {
        guard let value = json(element, depth: depth + 1) else { return nil }
        elements.append(value)
      }
      return .array(elements)
    case .mapping(let mapping):
      var members: [JSONObject.Member] = []
      for (key, value) in mapping {
        guard case .scalar(let name) = key, let value = json(value, depth: depth + 1) else { return nil }
        members.append((name.string, value))
      }
      return .object(JSONObject(members))
    case .alias: return nil
    }
  }

  private static func json(_ scalar: Node.Scalar) -> JSON {
    guard scalar.style == .plain else { return .string(scalar.string) }
    switch scalar.string {
    case "true": return true
    case "false": return false
    case "null", "~", "": return .null
    default:
      if let whole = Int64(scalar.string) { return .integer(whole) }
      if let number = decimal(scalar.string) { return .number(number) }
      return .string(scalar.string)
    }
  }

  /// A finite decimal number; not hexadecimal, "nan" or "infinity", which Swift reads too.
  static func decimal(_ text: String) -> Double? {
    guard text.utf8.allSatisfy({ "0123456789+-.eE".utf8.contains($0) }), let value = Double(text), value.isFinite
    else { return nil }
    return value
  }
}
