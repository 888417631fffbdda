import CEL

/// What is tried on an input. A returned text says what is wrong with the answer; nil: nothing.
enum Target: String, CaseIterable {
  case parser, checker, evaluator, policies

  private static let limits = CELLimits(cost: 200_000)

  func answer(_ input: [UInt8], seed: UInt64, _ policies: Policies) -> String? {
    let source = String(decoding: input, as: UTF8.self)
    var chance = Chance(seed)
    switch self {
    case .parser: return Self.complaint(source) { () throws(CELErrors) in _ = try CELProgram.parse(source) }
    case .checker:
      return Self.complaint(source) { () throws(CELErrors) in
        _ = try CELProgram.compile(source, variables: Environment.types, expecting: chance.pick([nil, .bool, .string]))
      }
    case .evaluator: return Self.evaluate(source, Environment.data(&chance))
    case .policies: return policies.load(source, &chance)
    }
  }

  /// An error lies in the source, says something and shows its place.
  private static func complaint(_ source: String, _ compile: () throws(CELErrors) -> Void) -> String? {
    do throws(CELErrors) {
      try compile()
      return nil
    } catch {
      if error.errors.isEmpty { return "refused without an error" }
      for one in error.errors {
        if one.position.offset > source.utf8.count { return "an error behind the end: \(one)" }
        if one.message.isEmpty || one.position.pointed(in: source).utf8.count > 2_000 { return "an unreadable error: \(one)" }
      }
      return error.description.isEmpty ? "no description" : nil
    }
  }

  /// A value is the same the second time, and of the type that the checker promised.
  private static func evaluate(_ source: String, _ data: [String: CELValue]) -> String? {
    if let plain = try? CELProgram.parse(source, names: data.keys, limits: limits) {
      let first = plain.evaluate(data)
      if "\(first)" != "\(plain.evaluate(data))" { return "another value the second time: \(first)" }
    }
    guard let checked = try? CELProgram.compile(source, variables: Environment.types, limits: limits) else { return nil }
    switch checked.evaluate(data) {
    case .failure(let error): return error.description.isEmpty ? "a failure without words" : nil
    case .success(let value): return fits(value, checked.type) ? nil : "\(checked.type) promised, \(value.type) given"
    }
  }

  private static func fits(_ value: CELValue, _ type: CELType) -> Bool {
    switch (value, type) {
    case (_, .dyn): true
    case (.null, .nullable), (.null, .null), (.null, .timestamp), (.null, .duration), (.null, .object): true
    case (let value, .nullable(let type)): fits(value, type)
    case (.map, .object), (.map, .map), (.list, .list): true
    default: value.type == type
    }
  }
}
