/// One thing wrong in a policy file, with all that is needed to mend it.
public struct BundleMistake: Sendable, Equatable, CustomStringConvertible {
  public var file: String
  /// From 1.
  public var line: Int
  /// The setting, as a dotted path such as `rules[2].when`; empty for the file as a whole.
  public var key: String
  /// What stands there; empty where nothing does.
  public var value: String
  /// What is wrong: what was expected and what stands there.
  public var expected: String
  /// What to write instead.
  public var remedy: String
  /// The line of a rule that it is about, with a caret under the place; empty if it is about none.
  public var excerpt = ""

  public init(file: String, line: Int, key: String, value: String = "", expected: String, remedy: String) {
    self.file = file
    self.line = line
    self.key = key
    self.value = value
    self.expected = expected
    self.remedy = remedy
  }

  public var description: String {
    let place = excerpt.split(separator: "\n").map { "\n    \($0)" }.joined()
    return "\(file):\(line): \(key.isEmpty ? "" : key + ": ")\(expected); \(remedy)\(place)"
  }
}

/// Every mistake of a file at once, in the order of its lines.
public struct BundleErrors: Error, Sendable, CustomStringConvertible {
  public let mistakes: [BundleMistake]
  /// What a working bundle would be remarked for, as far as the file could be read.
  public let remarks: [BundleMistake]

  public init(mistakes: [BundleMistake], remarks: [BundleMistake] = []) {
    self.mistakes = mistakes
    self.remarks = remarks
  }

  public var description: String { mistakes.map(\.description).joined(separator: "\n") }
}

/// Gathers mistakes while a file is read.
final class Mistakes {
  let file: String
  private(set) var found: [BundleMistake] = []
  /// What does no harm and yet cannot be meant: a rule that no case meets, a setting that nothing reads.
  private(set) var remarks: [BundleMistake] = []
  /// More than anyone mends in one go; a hostile file must not make a longer list.
  private let most = 500

  init(file: String) { self.file = file }

  func add(_ line: Int, _ key: String, _ expected: String, _ remedy: String, value: String = "", excerpt: String = "") {
    guard found.count < most else { return }
    var mistake = BundleMistake(
      file: file, line: line, key: key, value: clipped(visible(value), to: 120), expected: expected, remedy: remedy)
    mistake.excerpt = excerpt
    found.append(mistake)
  }

  func add(_ text: LocatedText, _ expected: String, _ remedy: String) {
    add(text.line, text.key, expected, remedy, value: text.text)
  }

  func remark(_ text: LocatedText, _ expected: String, _ remedy: String) {
    guard remarks.count < most else { return }
    remarks.append(
      BundleMistake(
        file: file, line: text.line, key: text.key, value: clipped(visible(text.text), to: 120), expected: expected,
        remedy: remedy))
  }

  var inOrder: [BundleMistake] { Self.inOrder(found) }
  var remarksInOrder: [BundleMistake] { Self.inOrder(remarks) }

  private static func inOrder(_ mistakes: [BundleMistake]) -> [BundleMistake] {
    mistakes.enumerated().sorted { ($0.element.line, $0.offset) < ($1.element.line, $1.offset) }.map(\.element)
  }
}

/// A text of the file and where it stands.
struct LocatedText {
  var text: String
  var line: Int
  var key: String
}
