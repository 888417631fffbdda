import CEL
import Domain

/// How the four parts are blended.
struct Blend: Sendable {
  struct Part: Sendable {
    var name: PartName
    var weight: Double
    var floor: Double
    /// For policy and blast: the risk in [0,1] of which the part is the rest to 1.
    var risk: Expression?
    /// Where its value comes from, for people; empty where the case says.
    var origin = ""
  }
  var parts: [Part]
  /// Under it the proposal is labelled not trusted.
  var stopBelow: Double

  /// The largest blend that any case can reach, given the parts that are fixed.
  var reach: Double { Self.rounded(parts.reduce(0) { $0 + $1.weight * Self.best($1) }) }

  /// The largest value that a part can take.
  static func best(_ part: Part) -> Double {
    switch part.risk?.constant {
    case .double(let risk): 1 - risk
    case .int(let risk): 1 - Double(risk)
    default: 1
    }
  }

  /// To nine decimals, so that parts of 0.92 blend to 0.92 and not to 0.9199999999999999.
  static func rounded(_ value: Double) -> Double { (value * 1e9).rounded() / 1e9 }
}

/// Reads `confidence` and `stop_below`.
struct BlendReader {
  let expressions: ExpressionReader
  let variables: [String: CELType]

  func read(_ root: Section) -> Blend? {
    let stopBelow = root.number("stop_below", in: 0...1, default: 0) ?? 0
    guard let section = root.section("confidence", required: "declare the parts model, retrieval, policy and blast")
    else { return nil }
    defer { section.finish() }
    let parts = PartName.allCases.compactMap { read($0, section) }
    guard parts.count == PartName.allCases.count else { return nil }
    let total = parts.reduce(0) { $0 + $1.weight }
    if abs(total - 1) > 1e-9 {
      section.mistakes.add(
        section.line, section.path, "weights that sum to 1 expected, they sum to \(decimal(total))",
        "change the weights")
    }
    return Blend(parts: parts, stopBelow: stopBelow)
  }

  private func read(_ name: PartName, _ section: Section) -> Blend.Part? {
    guard let part = section.section(name.rawValue, required: "write {weight: 0.2, floor: 0.3}") else { return nil }
    defer { part.finish() }
    let weight = part.number("weight", in: 0...1)
    if weight == nil, !part.has("weight") { part.missing("weight", "write a number from 0 to 1") }
    let floor = part.number("floor", in: 0...1, default: 0) ?? 0
    var risk: Expression?
    if name == .policy || name == .blast {
      let text = part.text("risk", required: "write an expression that gives a risk from 0 to 1", longest: 1_000)
      risk = expressions.compile(text, variables, expecting: nil)
      guard let risk else { return nil }
      if let constant = risk.constant, !(risk.number(in: Scope()).map { (0...1).contains($0) } ?? false) {
        part.mistakes.add(
          part.line, part.pathed("risk"), "a risk from 0 to 1 expected, found \(constant)", "write one in that range")
        return nil
      }
    }
    guard let weight else { return nil }
    let made = Blend.Part(name: name, weight: weight, floor: floor, risk: risk, origin: risk.map { "1 - (\($0.source))" } ?? "")
    if floor > Blend.best(made) {
      part.mistakes.add(
        part.line, part.pathed("floor"),
        "a floor within reach expected: the part is never above \(decimal(Blend.best(made)))",
        "lower the floor or the risk")
    }
    return made
  }
}
