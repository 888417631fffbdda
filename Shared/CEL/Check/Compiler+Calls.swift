extension Compiler {
  mutating func call(_ name: String, _ target: Syntax?, _ arguments: [Syntax], at offset: Int) -> Term {
    let before = complaints
    let term = resolved(name, target, arguments, at: offset)
    if isChecking, functions[name] == nil, looksLikeMacro(arguments) {
      // What it calls an element is unknown too, and no mistake of its own.
      complaints = before
      complainOfUnknown(name, isReceiver: target != nil, at: offset)
    }
    return term
  }

  /// `list.any(x, …)`: the macro of another language.
  private func looksLikeMacro(_ arguments: [Syntax]) -> Bool {
    if arguments.count > 1, case .name(let name, rooted: false) = arguments[0].form { variables[name] == nil } else { false }
  }

  private mutating func resolved(_ name: String, _ target: Syntax?, _ arguments: [Syntax], at offset: Int) -> Term {
    guard let target else { return call(name, isReceiver: false, arguments.map { compile($0) }, at: offset) }
    if let full = namespaced(name, target) {
      return call(full, isReceiver: false, arguments.map { compile($0) }, at: offset)
    }
    let receiver = compile(target)
    return call(name, isReceiver: true, [receiver] + arguments.map { compile($0) }, at: offset)
  }

  /// The whole name of a function such as `strings.quote`, whose namespace looks like a receiver.
  private func namespaced(_ name: String, _ target: Syntax) -> String? {
    guard let (parts, _) = target.qualifiedName, parts.count == 1, variables[parts[0].name] == nil,
      !scopes.contains(where: { $0.name.sameCodePoints(parts[0].name) })
    else { return nil }
    let full = "\(parts[0].name).\(name)"
    return functions[full] == nil ? nil : full
  }

  private mutating func call(_ name: String, isReceiver: Bool, _ arguments: [Term], at offset: Int) -> Term {
    let candidates = functions[name] ?? []
    guard let function = candidates.first(where: { $0.isReceiver == isReceiver && $0.arity == arguments.count }) else {
      return unknown(name, isReceiver: isReceiver, arguments, candidates, at: offset)
    }
    let fitting = function.signatures.filter { signature in
      zip(arguments, signature.parameters).allSatisfy { $0.type.present.fits($1) }
    }
    if fitting.isEmpty {
      let given = arguments.map(\.type.description).joined(separator: ", ")
      let known = function.signatures.map { shown(function, $0) }.joined(separator: " or ")
      complain(offset, "no overload \(name)(\(given))", hint: "it is \(known)")
    }
    let results = fitting.map(\.result)
    let type = results.first.flatMap { first in results.allSatisfy { $0 == first } ? first : nil } ?? .dyn
    checkConstantTime(name, arguments, at: offset)
    return made(node(function, arguments, at: offset), type, of: arguments)
  }

  /// The node of a call; constant patterns and time zones are made ready once.
  private mutating func node(_ function: Function, _ arguments: [Term], at offset: Int) -> any Node {
    if arguments.count == 2, case .string(let text)? = arguments[1].constant {
      do throws(Fault) {
        if function.name == "matches" {
          return Match(arguments[0].node, try Pattern(text, limit: limits.patternSize), at: offset)
        }
        if let part = TimePart(rawValue: function.name) {
          return ZonedPart(arguments[0].node, part, try Zone(text), at: offset)
        }
      } catch {
        complain(arguments[1].node.offset, CELEvaluationError.text(error.kind))
        return Failure(error.kind, at: arguments[1].node.offset)
      }
    }
    switch function.body {
    case .unary(let body): return UnaryCall(body, arguments[0].node, at: offset)
    case .binary(let body): return BinaryCall(body, arguments[0].node, arguments[1].node, at: offset)
    case .long(let body): return LongCall(body, arguments.map(\.node), at: offset)
    }
  }

  /// Complains about `timestamp('…')` and `duration('…')` that can never be read.
  private mutating func checkConstantTime(_ name: String, _ arguments: [Term], at offset: Int) {
    guard case .string(let text)? = arguments.first?.constant else { return }
    if name == "timestamp", CELTimestamp(text) == nil {
      complain(offset, "\(excerpt(text)) is no timestamp", hint: "write timestamp('2026-01-31T09:30:00Z')")
    }
    if name == "duration", CELDuration(text) == nil {
      complain(offset, "\(excerpt(text)) is no duration", hint: "write duration('36h')")
    }
  }

  private mutating func unknown(
    _ name: String, isReceiver: Bool, _ arguments: [Term], _ candidates: [Function], at offset: Int
  ) -> Term {
    let sameStyle = candidates.filter { $0.isReceiver == isReceiver }
    if let function = sameStyle.first ?? candidates.first {
      let known = candidates.map { shown($0, $0.signatures[0]) }.joined(separator: " or ")
      let message =
        sameStyle.isEmpty
        ? "\(name) is not called this way"
        : "\(name) does not take \(arguments.count - (function.isReceiver ? 1 : 0)) arguments"
      complain(offset, message, hint: "write \(known)")
    } else {
      complainOfUnknown(name, isReceiver: isReceiver, at: offset)
    }
    let given = arguments.map { $0.type.name }.joined(separator: ", ")
    return Term(
      node: Failure(.type("no such overload: \(name)(\(given))"), at: offset), type: .dyn, reach: Reach(arguments))
  }

  private static let macros = ["all", "exists", "exists_one", "filter", "map"]

  private mutating func complainOfUnknown(_ name: String, isReceiver: Bool, at offset: Int) {
    if Compiler.macros.contains(name) || name == "has" {
      complain(
        offset, "\(name) is not called this way",
        hint: name == "has" || (name == "exists" && !isReceiver)
          ? "write has(name.field)" : "write list.\(name)(x, …) with a name for the element")
    } else if let hint = Foreign.function(name) {
      complain(offset, "unknown function '\(name)'", hint: hint)
    } else {
      complain(offset, "unknown function '\(name)'", name: name, known: Array(functions.keys) + Compiler.macros + ["has"])
    }
  }

  /// "string.contains(string)" for people.
  private func shown(_ function: Function, _ signature: Function.Signature) -> String {
    let parameters = signature.parameters.map { $0 == .dyn ? "any" : $0.description }
    return function.isReceiver
      ? "\(parameters[0]).\(function.name)(\(parameters.dropFirst().joined(separator: ", ")))"
      : "\(function.name)(\(parameters.joined(separator: ", ")))"
  }
}
