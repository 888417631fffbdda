/// Bounds on sources and evaluations, so that hostile ones end soon.
public struct CELLimits: Sendable {
  /// Units of work of one evaluation: one for each node evaluated and each element visited or made, one for each 8
  /// bytes of text compared, searched or made. A million take some 20 to 50 ms.
  public var cost: Int
  /// Nesting of a source, and of compared or formatted values. A source of 250 levels takes up to 1 MB of stack.
  public var depth: Int
  /// Bytes of a source.
  public var sourceSize: Int
  /// Bytes of a regular expression.
  public var patternSize: Int

  public init(cost: Int = 1_000_000, depth: Int = 250, sourceSize: Int = 65_536, patternSize: Int = 1_000) {
    self.cost = cost
    self.depth = depth
    self.sourceSize = sourceSize
    self.patternSize = patternSize
  }

  public static let `default` = CELLimits()
}

/// What is left of the cost and depth of one evaluation.
struct Budget {
  private(set) var remaining: Int
  private var depth: Int

  init(_ cost: Int, depth: Int) {
    remaining = cost
    self.depth = depth
  }

  /// For values that the caller has bounded.
  static var unlimited: Budget { Budget(Int.max, depth: Int.max) }

  /// Takes `units`, none of them negative.
  @inline(__always)
  mutating func charge(_ units: Int) throws(Fault) {
    guard units <= remaining else {
      remaining = 0
      throw Fault(.costExceeded)
    }
    remaining -= units
  }

  /// Takes the cost of going over so many bytes once.
  @inline(__always)
  mutating func charge(bytes: Int) throws(Fault) { try charge(bytes >> 3) }

  /// Takes the cost of searching `bytes` for a part of `part` bytes.
  mutating func charge(bytes: Int, times part: Int) throws(Fault) {
    let (product, overflow) = (bytes >> 3 + 1).multipliedReportingOverflow(by: part >> 3 + 1)
    try charge(overflow ? Int.max : product)
  }

  /// Goes one level down into a value; every call is paired with `leave`.
  mutating func enter() throws(Fault) {
    guard depth > 0 else { throw Fault(.depthExceeded) }
    depth -= 1
  }

  mutating func leave() { depth += 1 }
}
