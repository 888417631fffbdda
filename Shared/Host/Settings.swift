import Foundation

/// The settings of a service: `KEY=VALUE` lines of a file, and `COUNTERSIGN_KEY` in the environment, which wins.
///
/// A service reads each of its keys once, with default and meaning; what is wrong is collected, so that `finish` can say
/// all of it at once. A key that nothing has read is a mistake too.
public struct Settings {
  public struct Mistake: Sendable, CustomStringConvertible {
    public let key: String
    /// As it was given; nil where it is missing or secret.
    public let value: String?
    public let expected: String
    public let remedy: String

    public var description: String {
      "\(key)\(value.map { "=\($0)" } ?? ""): expected \(expected). \(remedy)"
    }
  }

  public struct Key: Sendable {
    public let name: String
    public let fallback: String?
    public let meaning: String
  }

  private var values: [String: String] = [:]
  private var read: Set<String> = []
  public private(set) var mistakes: [Mistake] = []
  /// Every key that was asked for, for `--help`.
  public private(set) var keys: [Key] = []

  /// - Parameters:
  ///   - file: text of a settings file, or nil.
  ///   - environment: variables; those that begin with `COUNTERSIGN_` count.
  public init(file: String?, environment: [String: String] = [:]) {
    for (number, line) in (file ?? "").split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      let line = line.trimmingCharacters(in: .whitespaces)
      guard !line.isEmpty, !line.hasPrefix("#") else { continue }
      guard let equals = line.firstIndex(of: "="), equals != line.startIndex else {
        mistakes.append(
          Mistake(key: "line \(number + 1)", value: nil, expected: "KEY=VALUE", remedy: "Mend the line or begin it with #."))
        continue
      }
      let key = line[..<equals].trimmingCharacters(in: .whitespaces)
      guard values[key] == nil else {
        mistakes.append(Mistake(key: key, value: nil, expected: "one line", remedy: "Remove the second one (line \(number + 1))."))
        continue
      }
      values[key] = line[line.index(after: equals)...].trimmingCharacters(in: .whitespaces)
    }
    for (name, value) in environment where name.hasPrefix("COUNTERSIGN_") {
      values[String(name.dropFirst("COUNTERSIGN_".count))] = value
    }
  }

  public mutating func fail(_ key: String, _ value: String?, expected: String, remedy: String) {
    mistakes.append(Mistake(key: key, value: value.map { String($0.prefix(120)) }, expected: expected, remedy: remedy))
  }

  /// The raw text of a key; nil where it is not set.
  private mutating func take(_ key: String, _ fallback: String?, _ meaning: String) -> String? {
    if read.insert(key).inserted { keys.append(Key(name: key, fallback: fallback, meaning: meaning)) }
    return values[key] ?? fallback
  }

  public mutating func text(_ key: String, default fallback: String? = nil, _ meaning: String) -> String {
    guard let value = take(key, fallback, meaning), !value.isEmpty || fallback != nil else {
      fail(key, nil, expected: meaning, remedy: "Set \(key).")
      return ""
    }
    return value
  }

  /// Nil where it is not set.
  public mutating func optional(_ key: String, _ meaning: String) -> String? {
    take(key, nil, meaning).flatMap { $0.isEmpty ? nil : $0 }
  }

  public mutating func integer(
    _ key: String, default fallback: Int, in range: ClosedRange<Int>, _ meaning: String
  ) -> Int {
    let text = take(key, String(fallback), meaning) ?? ""
    guard let value = Int(text), range.contains(value) else {
      fail(
        key, text, expected: "a whole number from \(range.lowerBound) to \(range.upperBound): \(meaning)",
        remedy: "Set it to \(fallback), the default, or leave it out.")
      return fallback
    }
    return value
  }

  public mutating func flag(_ key: String, default fallback: Bool, _ meaning: String) -> Bool {
    let text = take(key, String(fallback), meaning) ?? ""
    guard text == "true" || text == "false" else {
      fail(key, text, expected: "true or false: \(meaning)", remedy: "Set it to \(fallback), the default, or leave it out.")
      return fallback
    }
    return text == "true"
  }

  /// The bytes of a file that a key names. What stands in it is never printed.
  public mutating func secret(_ key: String, atLeast count: Int, _ meaning: String) -> [UInt8] {
    secrets(key, atLeast: count, meaning).first ?? []
  }

  /// The bytes of each of the files that a key names, with commas between them.
  public mutating func secrets(_ key: String, atLeast count: Int, _ meaning: String) -> [[UInt8]] {
    text(key, meaning).split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }.compactMap { path in
      let bytes = secret(key, in: path, atLeast: count, meaning)
      return bytes.isEmpty ? nil : bytes
    }
  }

  private mutating func secret(_ key: String, in path: String, atLeast count: Int, _ meaning: String) -> [UInt8] {
    guard let data = FileManager.default.contents(atPath: path) else {
      fail(key, Settings.printable(path), expected: "a file that can be read: \(meaning)", remedy: "Make it with: head -c \(count) /dev/urandom > FILE; chmod 600 FILE.")
      return []
    }
    guard data.count >= count else {
      fail(key, Settings.printable(path), expected: "a file of at least \(count) bytes", remedy: "Make it with: head -c \(count) /dev/urandom > FILE; chmod 600 FILE.")
      return []
    }
    return Array(data)
  }

  /// One line of visible characters from a file; nil where the key is not set. What stands in the file is never printed.
  public mutating func token(_ key: String, _ meaning: String) -> String? {
    guard let path = optional(key, meaning) else { return nil }
    let token = (try? String(contentsOfFile: path, encoding: .utf8))?.trimmingCharacters(in: .whitespacesAndNewlines) ?? ""
    guard !token.isEmpty, token.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
      fail(
        key, Settings.printable(path), expected: "a file that holds one line: \(meaning)",
        remedy: "Write the token into it, or leave the key out.")
      return nil
    }
    return token
  }

  /// The path of a secret's file; nil where it does not look like one, since it may be the secret itself.
  private static func printable(_ path: String) -> String? {
    let url = URL(fileURLWithPath: path)
    let isPath = path.contains("/")
      && (url.lastPathComponent.contains(".") || FileManager.default.fileExists(atPath: url.deletingLastPathComponent().path))
    return isPath ? path : nil
  }

  /// All settings that begin with a prefix, without it.
  public mutating func all(prefix: String, _ meaning: String) -> [String: String] {
    keys.append(Key(name: "\(prefix)*", fallback: nil, meaning: meaning))
    var found: [String: String] = [:]
    for (key, value) in values where key.hasPrefix(prefix) {
      read.insert(key)
      found[String(key.dropFirst(prefix.count))] = value
    }
    return found
  }

  /// - Throws: all mistakes, in the order of their keys.
  public mutating func finish() throws(SettingsError) {
    for key in values.keys.sorted() where !read.contains(key) {
      let near = keys.map(\.name).min { distance($0, key) < distance($1, key) }
      fail(
        key, nil, expected: "a key that this service reads",
        remedy: near.map { distance($0, key) <= 3 ? "Did you mean \($0)?" : "Remove it; --help lists the keys." } ?? "Remove it.")
    }
    if !mistakes.isEmpty { throw SettingsError(mistakes: mistakes) }
  }
}

public struct SettingsError: Error, Sendable, CustomStringConvertible {
  public let mistakes: [Settings.Mistake]

  public var description: String {
    (["\(mistakes.count) \(mistakes.count == 1 ? "mistake" : "mistakes") in the settings:"]
      + mistakes.map { "  \($0)" }).joined(separator: "\n")
  }
}

/// Edit distance (Levenshtein), for suggestions.
func distance(_ a: String, _ b: String) -> Int {
  let a = Array(a.utf8.prefix(64)), b = Array(b.utf8.prefix(64))
  var row = Array(0...b.count)
  for i in a.indices {
    var previous = row[0]
    row[0] = i + 1
    for j in b.indices {
      let next = min(row[j + 1] + 1, row[j] + 1, previous + (a[i] == b[j] ? 0 : 1))
      previous = row[j + 1]
      row[j + 1] = next
    }
  }
  return row[b.count]
}
