import Wire

/// A free filter over cases: `risk = high and not (outcome = executed or latency < 600)`.
///
///     filter     = all { "or" all }
///     all        = one { "and" one }
///     one        = "not" one | "(" filter ")" | FIELD OP VALUE
///     OP         = "=" | "!=" | "<" | "<=" | ">" | ">="
///     VALUE      = word | '"' text with \" and \\ '"'
///
/// A field of which a case has several (reason, person, source, tier, decision) is equal where one of them is. A case without the field is
/// equal to `none`, and neither less nor greater than anything.
indirect enum Where: Equatable {
  case any([Where])
  case all([Where])
  case not(Where)
  case compare(Field, Operator, Value)

  enum Operator: String, CaseIterable {
    case equal = "=", unequal = "!=", less = "<", atMost = "<=", greater = ">", atLeast = ">="
  }

  /// What a case is asked for, and how it is compared.
  enum Field: String, CaseIterable {
    case workflow, route, risk, outcome, model, prompt, bundle, draw, origin
    case reason, person, source, tier, decision
    case opened, updated, ended
    case records, latency, confidence

    enum Kind { case text, texts, time, number }
    var kind: Kind {
      switch self {
      case .workflow, .route, .risk, .outcome, .model, .prompt, .bundle, .draw, .origin: .text
      case .reason, .person, .source, .tier, .decision: .texts
      case .opened, .updated, .ended: .time
      case .records, .latency, .confidence: .number
      }
    }
  }

  enum Value: Equatable {
    case text(String)
    case number(Double)
    /// µs.
    case time(Int64)
  }

  /// Why a filter cannot be read.
  struct Mistake: Error, Equatable {
    /// Of the character, from 1 on.
    let position: Int
    let text: String
  }

  static let mostBytes = 1_000
  static let mostNested = 20

  init(_ text: String) throws(Mistake) {
    guard text.utf8.count <= Self.mostBytes else { throw Mistake(position: Self.mostBytes + 1, text: "a filter has at most \(Self.mostBytes) bytes") }
    var reader = WhereReader(text)
    self = try reader.filter(depth: 0)
    try reader.end()
  }

  func holds(for row: CaseRow) -> Bool {
    switch self {
    case .any(let parts): parts.contains { $0.holds(for: row) }
    case .all(let parts): parts.allSatisfy { $0.holds(for: row) }
    case .not(let part): !part.holds(for: row)
    case .compare(let field, let relation, let value): Self.compare(row, field, relation, value)
    }
  }

  /// Labels (`Tables.labels`) that every case must have for the filter to hold: they lead to it.
  var labels: [String] {
    switch self {
    case .all(let parts): parts.flatMap(\.labels)
    case .compare(let field, .equal, .text(let value)) where [.workflow, .route, .outcome].contains(field) && value != "none": ["\(field.rawValue)=\(value)"]
    default: []
    }
  }

  private static func compare(_ row: CaseRow, _ field: Field, _ relation: Operator, _ value: Value) -> Bool {
    switch value {
    case .text(let wanted):
      let found = texts(row, field)
      switch relation {
      case .equal: return found.contains { $0.utf8.elementsEqual(wanted.utf8) }
      case .unequal: return !found.contains { $0.utf8.elementsEqual(wanted.utf8) }
      case .less: return found.contains { precedes($0, wanted) }
      case .atMost: return found.contains { !precedes(wanted, $0) }
      case .greater: return found.contains { precedes(wanted, $0) }
      case .atLeast: return found.contains { !precedes($0, wanted) }
      }
    case .number(let wanted): return ordered(number(row, field), relation, wanted)
    case .time(let wanted):
      let time: Int64? = field == .opened ? row.opened : field == .updated ? row.updated : row.ended
      return ordered(time, relation, wanted)
    }
  }

  private static func ordered<T: Comparable>(_ found: T?, _ relation: Operator, _ wanted: T) -> Bool {
    guard let found else { return relation == .unequal }
    return switch relation {
    case .equal: found == wanted
    case .unequal: found != wanted
    case .less: found < wanted
    case .atMost: found <= wanted
    case .greater: found > wanted
    case .atLeast: found >= wanted
    }
  }

  private static func texts(_ row: CaseRow, _ field: Field) -> [String] {
    let found: [String]
    switch field {
    case .outcome: found = [row.outcome]
    case .reason: found = row.facts.values(.reasons)
    case .person: found = row.facts.values(.reviewer)
    case .source: found = row.facts.values(.sources)
    case .tier: found = row.facts.values(.tier)
    case .decision: found = row.facts.values(.decision)
    default: found = Fact.allCases.first { shortName($0) == field.rawValue }.flatMap { row.facts[$0] }.map { [$0] } ?? []
    }
    return found.isEmpty ? ["none"] : found
  }

  /// Seconds of a case's latency; of an open one none yet.
  private static func number(_ row: CaseRow, _ field: Field) -> Double? {
    switch field {
    case .records: Double(row.records)
    case .latency:
      if let end = row.ended, let start = row.measures[.ingested] { Double(end - start) / 1e6 } else { nil }
    default: row.facts[.confidence].flatMap { Double($0) }
    }
  }
}
