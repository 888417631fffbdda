import CEL

/// One way of making a condition true: what must hold of each thing that it reads.
struct Claims {
  /// Numbers between two bounds, each included or not.
  struct Span {
    var least = -Double.infinity
    var most = Double.infinity
    var includesLeast = true
    var includesMost = true

    var isEmpty: Bool { least > most || (least == most && !(includesLeast && includesMost)) }

    func lies(in other: Span) -> Bool {
      (least > other.least || (least == other.least && (other.includesLeast || !includesLeast)))
        && (most < other.most || (most == other.most && (other.includesMost || !includesMost)))
    }

    mutating func bound(_ relation: CELOutline.Relation, _ value: Double) {
      switch relation {
      case .greater where value >= least: (least, includesLeast) = (value, false)
      case .greaterOrEqual where value > least: (least, includesLeast) = (value, true)
      case .less where value <= most: (most, includesMost) = (value, false)
      case .lessOrEqual where value < most: (most, includesMost) = (value, true)
      default: break
      }
    }

    init() {}

    init(_ relation: CELOutline.Relation, _ value: Double) { bound(relation, value) }
  }

  private var spans: [String: Span] = [:]
  private var allowed: [String: [CELValue]] = [:]
  private var excluded: [String: [CELValue]] = [:]
  private var present: [String: Bool] = [:]
  private var others: [String: Bool] = [:]
  let atoms: [CELOutline]
  /// Why it can never be; nil where it may.
  private(set) var contradiction: String?

  init(_ atoms: [CELOutline], _ domains: Domains) {
    self.atoms = atoms.map { Self.plain($0, domains) }
    for atom in self.atoms { take(atom) }
    for subject in Set(spans.keys).union(allowed.keys).union(present.keys).sorted() { check(subject, domains) }
  }

  /// With thresholds as numbers, and other comparisons of two expressions as texts.
  static func plain(_ atom: CELOutline, _ domains: Domains) -> CELOutline {
    guard case .compared(let subject, let relation, .expression(let text)) = atom else { return atom }
    if let value = domains.thresholds[subject], let mirrored = relation.mirrored {
      return .compared(text, mirrored, .literal(value))
    }
    if let value = domains.thresholds[text] { return .compared(subject, relation, .literal(value)) }
    switch relation {
    case .notEqual, .greater, .greaterOrEqual, .notAmong:
      return .other("\(subject) \(relation.negated.rawValue) \(text)", false)
    default: return .other("\(subject) \(relation.rawValue) \(text)", true)
    }
  }

  private mutating func take(_ atom: CELOutline) {
    switch atom {
    case .compared(let subject, let relation, .literal(let value)): take(subject, relation, value)
    case .present(let path, let expected): note(path, expected, in: \.present)
    case .other(let text, let expected): note(text, expected, in: \.others)
    case .constant(false): contradiction = "it is false"
    default: break
    }
  }

  private mutating func note(_ text: String, _ expected: Bool, in place: WritableKeyPath<Claims, [String: Bool]>) {
    if self[keyPath: place].updateValue(expected, forKey: text) == !expected {
      contradiction = "\(text) cannot hold and not hold"
    }
  }

  private mutating func take(_ subject: String, _ relation: CELOutline.Relation, _ value: CELValue) {
    switch relation {
    case .equal: allow(subject, [value])
    case .among: if case .list(let values) = value { allow(subject, values) }
    case .notEqual: excluded[subject, default: []].append(value)
    case .notAmong: if case .list(let values) = value { excluded[subject, default: []] += values }
    default:
      guard let number = Self.number(value) else { return }
      spans[subject, default: Span()].bound(relation, number)
    }
  }

  private mutating func allow(_ subject: String, _ values: [CELValue]) {
    allowed[subject] = allowed[subject].map { before in before.filter { values.contains($0) } } ?? values
  }

  private mutating func check(_ subject: String, _ domains: Domains) {
    let known = domains.field(subject)
    if present[subject] == false, known?.always == true {
      contradiction = "\(subject) is always given, the schema requires it"
    }
    var values = allowed[subject]
    if let domain = known?.values {
      values = values.map { claimed in claimed.filter { domain.contains($0) } } ?? domain
      if values?.isEmpty == true, allowed[subject]?.isEmpty == false {
        contradiction = "\(subject) is never \(Self.list(allowed[subject] ?? [])): \(known?.origin ?? "")"
        return
      }
    }
    if let claimed = values {
      let left = claimed.filter { value in
        !(excluded[subject] ?? []).contains(value) && (spans[subject].map { Self.lies(value, in: $0) } ?? true)
      }
      if left.isEmpty { contradiction = "no value of \(subject) meets all of it" }
    } else if var span = spans[subject] {
      if span.isEmpty {
        contradiction = "no number for \(subject) meets all of it"
        return
      }
      if let least = known?.least { span.bound(.greaterOrEqual, least) }
      if let most = known?.most { span.bound(.lessOrEqual, most) }
      if span.isEmpty { contradiction = "no \(subject) is in that range: \(known?.origin ?? "")" }
    }
  }

  /// Whether these claims cannot hold without the atom. Sound, not complete: false may also mean "not proved".
  func imply(_ atom: CELOutline) -> Bool {
    switch atom {
    case .constant(let value): return value
    case .present(let path, true):
      return present[path] == true
        || (Array(spans.keys) + Array(allowed.keys)).contains { $0 == path || $0.hasPrefix(path + ".") }
    case .present(let path, false): return present[path] == false
    case .other(let text, let expected): return others[text] == expected
    case .compared(let subject, let relation, .literal(let value)): return imply(subject, relation, value)
    case .all(let parts): return parts.allSatisfy(imply)
    case .any(let parts): return parts.contains(where: imply)
    default: return false
    }
  }

  private func imply(_ subject: String, _ relation: CELOutline.Relation, _ value: CELValue) -> Bool {
    let values: [CELValue] = if case .list(let list) = value { list } else { [value] }
    switch relation {
    case .equal, .among:
      return allowed[subject].map { own in !own.isEmpty && own.allSatisfy { values.contains($0) } } ?? false
    case .notEqual, .notAmong:
      return values.allSatisfy { value in
        (excluded[subject] ?? []).contains(value) || allowed[subject].map { !$0.contains(value) } ?? false
          || spans[subject].map { !Self.lies(value, in: $0) } ?? false
      }
    default:
      guard let number = Self.number(value) else { return false }
      let wanted = Span(relation, number)
      if let own = allowed[subject] { return !own.isEmpty && own.allSatisfy { Self.lies($0, in: wanted) } }
      return spans[subject]?.lies(in: wanted) ?? false
    }
  }

  private static func number(_ value: CELValue) -> Double? {
    switch value {
    case .int(let whole): Double(whole)
    case .double(let number) where !number.isNaN: number
    default: nil
    }
  }

  /// A value that is no number is left to the other checks.
  private static func lies(_ value: CELValue, in span: Span) -> Bool {
    guard let number = number(value) else { return true }
    var one = Span()
    (one.least, one.most) = (number, number)
    return one.lies(in: span)
  }

  private static func list(_ values: [CELValue]) -> String { values.map(\.description).joined(separator: " or ") }
}
