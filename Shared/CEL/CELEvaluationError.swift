/// Why an evaluation has no value.
public struct CELEvaluationError: Error, Sendable, Equatable, CustomStringConvertible {
  public enum Kind: Sendable, Equatable {
    /// A name, field or key that is not there, as written: "item.amount".
    case missingField(path: String)
    /// No such function for these types, or data of another type than declared.
    case type(String)
    /// A result outside the range of its type.
    case overflow(String)
    case divideByZero
    /// An index, pattern, format or text to convert that does not do.
    case invalidArgument(String)
    /// More work than `CELLimits.cost` allows.
    case costExceeded
    /// Values nested deeper than `CELLimits.depth`.
    case depthExceeded
  }

  public let kind: Kind
  let offset: Int
  let source: String

  /// Where in the source. Counted when asked for: most errors only mean that a field is not there, and nobody asks.
  public var position: CELPosition { CELPosition(offset: offset, in: source) }

  public var message: String { CELEvaluationError.text(kind) }

  static func text(_ kind: Kind) -> String {
    switch kind {
    case .missingField(let path): "no such field: \(path)"
    case .type(let message), .overflow(let message), .invalidArgument(let message): message
    case .divideByZero: "division by zero"
    case .costExceeded: "evaluation cost limit exceeded"
    case .depthExceeded: "values are nested too deeply"
    }
  }

  /// What to write instead.
  public var hint: String? {
    switch kind {
    case .missingField(let path) where path.contains(".") && !path.contains("[") && !path.hasPrefix("."):
      "write has(\(path)) && … if it may be absent"
    case .costExceeded: "go over shorter lists, or fewer of them inside each other"
    default: nil
    }
  }

  public var description: String {
    "\(position.line):\(position.column): \(message)" + (hint.map { "; \($0)" } ?? "")
  }
}

/// An evaluation error on its way up, not yet with line and column.
struct Fault: Error {
  let kind: CELEvaluationError.Kind
  private(set) var offset = -1

  init(_ kind: CELEvaluationError.Kind, at offset: Int = -1) {
    self.kind = kind
    self.offset = offset
  }

  /// Limits end the evaluation; `&&`, `||`, `all` and `exists` absorb all other errors.
  var isLimit: Bool {
    switch kind {
    case .costExceeded, .depthExceeded: true
    default: false
    }
  }

  /// The same fault, at `offset` unless it has a place already.
  func located(at offset: Int) -> Fault { self.offset < 0 ? Fault(kind, at: offset) : self }

  /// No overload of `function` takes these arguments.
  static func noOverload(_ function: String, _ arguments: CELValue..., at offset: Int = -1) -> Fault {
    Fault(.type("no such overload: \(function)(\(arguments.map(\.type.name).joined(separator: ", ")))"), at: offset)
  }
}
