/// A function of the language: what the checker knows of it and what evaluates it.
struct Function: Sendable {
  typealias Unary = @Sendable (CELValue, inout Budget) throws(Fault) -> CELValue
  typealias Binary = @Sendable (CELValue, CELValue, inout Budget) throws(Fault) -> CELValue
  typealias Long = @Sendable ([CELValue], inout Budget) throws(Fault) -> CELValue

  enum Body: Sendable {
    case unary(Unary)
    case binary(Binary)
    case long(Long)
  }

  /// Arguments, the receiver first, and the result.
  struct Signature: Sendable {
    let parameters: [CELType]
    let result: CELType
  }

  let name: String
  /// Whether it is called as `target.name(…)`.
  let isReceiver: Bool
  let signatures: [Signature]
  /// Dispatches on the types of its arguments itself.
  let body: Body

  /// How many arguments it takes, the receiver among them.
  var arity: Int { signatures[0].parameters.count }

  static func global(_ name: String, _ signatures: [([CELType], CELType)], _ body: Body) -> Function {
    Function(
      name: name, isReceiver: false, signatures: signatures.map { Signature(parameters: $0.0, result: $0.1) },
      body: body)
  }

  static func receiver(_ name: String, _ signatures: [([CELType], CELType)], _ body: Body) -> Function {
    Function(
      name: name, isReceiver: true, signatures: signatures.map { Signature(parameters: $0.0, result: $0.1) }, body: body
    )
  }
}

/// All functions, by name; several of one name differ in arity or in how they are called.
let functions: [String: [Function]] = Dictionary(
  grouping: conversionFunctions + sizeFunctions + textFunctions + textExtensionFunctions + timeFunctions, by: \.name)

let anyList = CELType.list(.dyn)
let anyMap = CELType.map(.dyn, .dyn)

private let sizes: [([CELType], CELType)] = [([.string], .int), ([.bytes], .int), ([anyList], .int), ([anyMap], .int)]

private let sizeFunctions: [Function] = [
  .global("size", sizes, .unary(size)),
  .receiver("size", sizes, .unary(size)),
]

/// Code points of a string, bytes, elements or entries.
private func size(_ value: CELValue, _ budget: inout Budget) throws(Fault) -> CELValue {
  switch value {
  case .string(let text):
    try budget.charge(bytes: text.utf8.count)
    return .int(Int64(text.unicodeScalars.count))
  case .bytes(let bytes): return .int(Int64(bytes.count))
  case .list(let elements): return .int(Int64(elements.count))
  case .map(let map): return .int(Int64(map.count))
  default: throw .noOverload("size", value)
  }
}
