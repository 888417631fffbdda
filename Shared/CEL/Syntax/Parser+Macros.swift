extension Parser {
  /// A call, or what the macro of that name and number of arguments stands for (cel-spec, "Macros").
  func call(_ name: String, target: Syntax?, _ arguments: [Syntax], at offset: Int) throws(Stop) -> Syntax {
    switch (name, target, arguments.count) {
    case ("has", nil, 1):
      return try presence(arguments[0], at: offset)
    case ("all", let range?, 2): return try comprehension(.all, range, arguments, at: offset)
    case ("exists", let range?, 2): return try comprehension(.exists, range, arguments, at: offset)
    case ("exists_one", let range?, 2), ("existsOne", let range?, 2):
      return try comprehension(.existsOne, range, arguments, at: offset)
    case ("filter", let range?, 2): return try comprehension(.filter, range, arguments, at: offset)
    case ("map", let range?, 2), ("map", let range?, 3): return try comprehension(.map, range, arguments, at: offset)
    default:
      return try tree(.call(name, target: target, arguments), at: offset, over: (target.map { [$0] } ?? []) + arguments)
    }
  }

  private func presence(_ argument: Syntax, at offset: Int) throws(Stop) -> Syntax {
    guard case .select(let operand, let field, isTest: false) = argument.form else {
      throw Stop(offset: argument.offset, message: "has() needs a field selection", hint: "write has(name.field)")
    }
    return try tree(.select(operand, field: field, isTest: true), at: offset, over: operand)
  }

  private func comprehension(
    _ kind: Syntax.Comprehension.Kind, _ range: Syntax, _ arguments: [Syntax], at offset: Int
  ) throws(Stop) -> Syntax {
    guard case .name(let variable, rooted: false) = arguments[0].form else {
      throw Stop(
        offset: arguments[0].offset, message: "the first argument of \(kind.rawValue)() must be a simple name",
        hint: "write \(kind.rawValue)(x, …)")
    }
    let isMap = kind == .map
    let predicate = isMap ? (arguments.count == 3 ? arguments[1] : nil) : arguments[1]
    let form = Syntax.Comprehension(
      kind: kind, range: range, variable: variable, predicate: predicate, transform: isMap ? arguments.last : nil)
    return try tree(.comprehension(form), at: offset, over: [range] + arguments.dropFirst())
  }
}
