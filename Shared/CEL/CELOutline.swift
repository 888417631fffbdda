/// What a condition is made of, for those who reason about conditions: its logic down to single comparisons.
///
/// It says less than the expression: what is no comparison with a side of its own is `other`, its text.
public indirect enum CELOutline: Sendable, Equatable {
  case all([CELOutline])
  case any([CELOutline])
  /// `subject relation operand`, both as source text.
  case compared(String, Relation, Side)
  /// `has(path)`, or `!has(path)`.
  case present(String, Bool)
  /// A bool with this text that must have this value.
  case other(String, Bool)
  case constant(Bool)

  public enum Relation: String, Sendable {
    case equal = "==", notEqual = "!=", less = "<", lessOrEqual = "<=", greater = ">", greaterOrEqual = ">="
    /// One of a list's elements, or none of them.
    case among = "in", notAmong = "not in"

    public var negated: Relation {
      switch self {
      case .equal: .notEqual
      case .notEqual: .equal
      case .less: .greaterOrEqual
      case .lessOrEqual: .greater
      case .greater: .lessOrEqual
      case .greaterOrEqual: .less
      case .among: .notAmong
      case .notAmong: .among
      }
    }

    /// The same said from the other side; nil for `in`.
    public var mirrored: Relation? {
      switch self {
      case .equal, .notEqual: self
      case .less: .greater
      case .lessOrEqual: .greaterOrEqual
      case .greater: .less
      case .greaterOrEqual: .lessOrEqual
      case .among, .notAmong: nil
      }
    }
  }

  public enum Side: Sendable, Equatable {
    case literal(CELValue)
    /// Source text.
    case expression(String)
  }

  /// The outline of a source that parses; nil for one that does not.
  public init?(_ source: String, limits: CELLimits = .default) {
    guard let syntax = try? Parser.parse(source, limits: limits) else { return nil }
    self = Self.outline(syntax, true)
  }

  public var negated: CELOutline {
    switch self {
    case .all(let parts): .any(parts.map(\.negated))
    case .any(let parts): .all(parts.map(\.negated))
    case .compared(let subject, let relation, let side): .compared(subject, relation.negated, side)
    case .present(let path, let expected): .present(path, !expected)
    case .other(let text, let expected): .other(text, !expected)
    case .constant(let value): .constant(!value)
    }
  }

  private static func outline(_ syntax: Syntax, _ expected: Bool) -> CELOutline {
    switch syntax.form {
    case .literal(.bool(let value)): return .constant(value == expected)
    case .not(let inner): return outline(inner, !expected)
    case .and(let terms):
      let parts = terms.map { outline($0, expected) }
      return expected ? .all(parts) : .any(parts)
    case .or(let terms):
      let parts = terms.map { outline($0, expected) }
      return expected ? .any(parts) : .all(parts)
    case .binary(let sign, let left, let right):
      let made = compared(sign, left, right)
      return made.map { expected ? $0 : $0.negated } ?? .other(syntax.text, expected)
    case .select(_, _, isTest: true): return .present(String(syntax.text.dropFirst(4).dropLast()), expected)
    default: return .other(syntax.text, expected)
    }
  }

  private static func compared(_ sign: Operator, _ left: Syntax, _ right: Syntax) -> CELOutline? {
    guard let relation = Relation(rawValue: sign.rawValue) else { return nil }
    if let literal = right.constant { return .compared(left.text, relation, .literal(literal)) }
    if let literal = left.constant {
      guard let mirrored = relation.mirrored else { return nil }
      return .compared(right.text, mirrored, .literal(literal))
    }
    return .compared(left.text, relation, .expression(right.text))
  }
}

extension Syntax {
  /// The value of a literal, or of a list of literals.
  fileprivate var constant: CELValue? {
    switch form {
    case .literal(let value): return value
    case .negate(let inner):
      switch inner.constant {
      case .int(let value) where value != .min: return .int(-value)
      case .double(let value): return .double(-value)
      default: return nil
      }
    case .list(let elements):
      let values = elements.compactMap(\.constant)
      return values.count == elements.count ? .list(values) : nil
    default: return nil
    }
  }

  /// The expression as source text that parses to the same.
  fileprivate var text: String {
    switch form {
    case .literal(let value): Self.text(value)
    case .name(let name, let rooted): (rooted ? "." : "") + name
    case .select(let operand, let field, let isTest):
      isTest ? "has(\(operand.grouped).\(field))" : "\(operand.grouped).\(field)"
    case .index(let operand, let index): "\(operand.grouped)[\(index.text)]"
    case .call(let name, let target, let arguments):
      (target.map { $0.grouped + "." } ?? "") + "\(name)(\(arguments.map(\.text).joined(separator: ", ")))"
    case .negate(let inner): "-" + inner.grouped
    case .not(let inner): "!" + inner.grouped
    case .binary(let sign, let left, let right): "\(left.grouped) \(sign.rawValue) \(right.grouped)"
    case .conditional(let condition, let then, let otherwise):
      "\(condition.grouped) ? \(then.grouped) : \(otherwise.grouped)"
    case .and(let terms): terms.map(\.grouped).joined(separator: " && ")
    case .or(let terms): terms.map(\.grouped).joined(separator: " || ")
    case .list(let elements): "[\(elements.map(\.text).joined(separator: ", "))]"
    case .map(let entries): "{\(entries.map { "\($0.key.text): \($0.value.text)" }.joined(separator: ", "))}"
    case .message(let name, let fields):
      "\(name.text){\(fields.map { "\($0.field): \($0.value.text)" }.joined(separator: ", "))}"
    case .comprehension(let made):
      "\(made.range.grouped).\(made.kind.rawValue)(\(([made.variable] + [made.predicate, made.transform].compactMap { $0?.text }).joined(separator: ", ")))"
    }
  }

  private var grouped: String {
    switch form {
    case .negate, .not, .binary, .conditional, .and, .or: "(\(text))"
    default: text
    }
  }

  private static func text(_ value: CELValue) -> String {
    switch value {
    case .uint(let number): "\(number)u"
    case .double(let number) where number.isFinite: "\(number)"
    default: value.description
    }
  }
}
