/// A place in the source of an expression.
public struct CELPosition: Sendable, Equatable {
  /// From 1.
  public let line: Int
  /// From 1, in Unicode scalars.
  public let column: Int
  /// From 0, in bytes of UTF-8.
  public let offset: Int

  /// The place of a byte of `source`; one past the end gives the end.
  init(offset: Int, in source: String) {
    var line = 1, column = 1, at = 0
    for scalar in source.unicodeScalars {
      if at >= offset { break }
      at += UTF8.width(scalar)
      if scalar == "\n" { (line, column) = (line + 1, 1) } else { column += 1 }
    }
    self.line = line
    self.column = column
    self.offset = at
  }
}

extension CELPosition {
  /// The line of the source and under it a caret at the place. Of a long line the part around the place, without its ends.
  ///
  /// - Parameter source: The text that the position was made for.
  public func pointed(in source: String) -> String {
    let lines = source.unicodeScalars.split(separator: "\n", maxSplits: line, omittingEmptySubsequences: false)
    guard line <= lines.count else { return "" }
    let before = 60, after = 40
    let whole = lines[line - 1]
    let start = max(0, column - 1 - before)
    var shown = String.UnicodeScalarView(whole.dropFirst(start).prefix(before + after))
    shown = String.UnicodeScalarView(shown.map { $0.properties.generalCategory == .control ? " " : $0 })
    let cut = start > 0 ? "…" : ""
    let indent = String(repeating: " ", count: column - 1 - start + cut.utf8.count / 3)
    return "\(cut)\(String(shown))\(whole.count > start + before + after ? "…" : "")\n\(indent)^"
  }
}

/// One thing wrong with a source.
public struct CELError: Error, Sendable, Equatable, CustomStringConvertible {
  public let position: CELPosition
  public let message: String
  /// What to write instead.
  public let hint: String?

  public var description: String {
    "\(position.line):\(position.column): \(message)" + (hint.map { "; \($0)" } ?? "")
  }
}

/// All that is wrong with a source, in its order; never empty.
public struct CELErrors: Error, Sendable, Equatable, CustomStringConvertible {
  public let errors: [CELError]
  public let source: String

  /// Each error with its place in the source.
  public var description: String {
    errors.map { error in
      let place = error.position.pointed(in: source).split(separator: "\n").map { "  \($0)" }
      return ([error.description] + place).joined(separator: "\n")
    }.joined(separator: "\n")
  }
}

/// Errors while they are collected, still with byte offsets.
struct Complaints: Sendable {
  private(set) var list: [(offset: Int, message: String, hint: String?)] = []

  /// More than these help nobody.
  private static let most = 50

  /// Whether further complaints are dropped.
  var isFull: Bool { list.count >= Complaints.most }

  mutating func add(_ offset: Int, _ message: String, hint: String? = nil) {
    let isKnown = list.contains { $0.offset == offset && $0.message == message }
    if isKnown || isFull { return }
    list.append((offset, message, hint))
  }

  /// Nil if there are none.
  func errors(in source: String) -> CELErrors? {
    if list.isEmpty { return nil }
    return CELErrors(
      errors: list.sorted { $0.offset < $1.offset }.map {
        CELError(position: CELPosition(offset: $0.offset, in: source), message: $0.message, hint: $0.hint)
      }, source: source)
  }
}
