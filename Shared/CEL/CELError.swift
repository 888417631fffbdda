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

  public var description: String { errors.map(\.description).joined(separator: "\n") }
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
      })
  }
}
