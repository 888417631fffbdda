import JSON

/// One validation of one instance.
struct Evaluator {
  let program: Program
  let root: JSON
  /// For each of `Program.markKeywords`, whether its marks are wanted.
  private let wanted: [Bool]
  private let collects: Bool
  private(set) var violations: [Violation] = []
  private var found: [FoundMark] = []
  /// Set when a bound was passed; the instance then counts as invalid, whatever else was found.
  private(set) var isAborted = false

  /// The places of the children that lead from the root to the value at work.
  private var path: [Int] = []
  /// Resources entered and not left, outermost first, as `$dynamicRef` needs them.
  private var scope: [Int32] = []
  /// Above 0, only whether a value fits is of interest, not why not.
  private var quiet = 0
  private var depth = 0
  private var budget = Evaluator.mostEvaluations

  static let mostViolations = 1_000
  static let deepest = 512
  /// Subschemas applied to values in one validation.
  static let mostEvaluations = 2_000_000

  init(program: Program, root: JSON, wanted: [String]) {
    self.program = program
    self.root = root
    self.wanted = program.markKeywords.map { keyword in wanted.contains { $0.sameCodePoints(as: keyword) } }
    collects = self.wanted.contains(true)
  }

  /// The marks found, each once.
  var marks: [Mark] {
    var seen: Set<FoundMark> = []
    return found.filter { seen.insert($0).inserted }
      .map { Mark(pointer: pointer($0.path), keyword: program.markKeywords[$0.keyword], value: $0.value.value) }
  }

  /// Says whether the instance fits and leaves why not in `violations`, where they are wanted.
  mutating func run(explaining: Bool) -> Bool {
    quiet = explaining ? 0 : 1
    var evaluated = Evaluated.ignored
    let fits = evaluate(program.root, root, &evaluated)
    if isAborted, explaining {
      violations.append(
        Violation(
          pointer: "", keyword: "", schemaPointer: program.nodes[program.root].location,
          expected: "a validation of at most \(Self.deepest) levels and \(Self.mostEvaluations) steps",
          found: "a longer one"))
    }
    return fits && !isAborted
  }

  /// Nothing more is of interest once something has failed.
  var stopsAtFirst: Bool { quiet > 0 || isAborted || violations.count >= Self.mostViolations }
  /// All that fits has to be seen, not only enough.
  func needsAll(_ evaluated: Evaluated) -> Bool { evaluated.isNoted || collects }

  // MARK: Subschemas

  /// Whether the value fits. Notes in `evaluated` which of its children were looked at; marks stay only if it fits.
  mutating func evaluate(_ id: Int, _ value: JSON, _ evaluated: inout Evaluated) -> Bool {
    budget -= 1
    guard budget > 0, depth < Self.deepest, !isAborted else {
      isAborted = true
      return false
    }
    let node = program.nodes[id]
    depth += 1
    let entersResource = !program.dynamicAnchors.isEmpty && scope.last != node.resource
    if entersResource { scope.append(node.resource) }
    let foundBefore = found.count
    let fits: Bool
    if node.needsEvaluated {
      var own = Evaluated(children: childCount(value))
      fits = take(node, value, &own)
      evaluated.formUnion(own)
    } else {
      fits = take(node, value, &evaluated)
    }
    if collects {
      if fits { addMarks(of: node) } else { found.removeSubrange(foundBefore...) }
    }
    if entersResource { scope.removeLast() }
    depth -= 1
    return fits
  }

  private mutating func take(_ node: Node, _ value: JSON, _ evaluated: inout Evaluated) -> Bool {
    var fits = true
    for step in node.steps where !check(step, node, value, &evaluated) {
      if stopsAtFirst { return false }
      fits = false
    }
    return fits
  }

  /// Whether the child at `place` of the value at work fits.
  mutating func evaluate(_ id: Int, child: JSON, at place: Int) -> Bool {
    path.append(place)
    var evaluated = Evaluated.ignored
    let fits = evaluate(id, child, &evaluated)
    path.removeLast()
    return fits
  }

  /// Whether the value fits, without violations of its own. What it has evaluated counts only if it fits.
  mutating func probe(_ id: Int, _ value: JSON, _ evaluated: inout Evaluated) -> Bool {
    quiet += 1
    defer { quiet -= 1 }
    guard evaluated.isNoted else { return evaluate(id, value, &evaluated) }
    var branch = evaluated.blank
    let fits = evaluate(id, value, &branch)
    if fits { evaluated.formUnion(branch) }
    return fits
  }

  /// The same for a child.
  mutating func probe(_ id: Int, child: JSON, at place: Int) -> Bool {
    quiet += 1
    defer { quiet -= 1 }
    return evaluate(id, child: child, at: place)
  }

  /// Whether the value does not fit; nothing that is found on the way counts.
  mutating func refutes(_ id: Int, _ value: JSON) -> Bool {
    let before = found.count
    var ignored = Evaluated.ignored
    let fits = probe(id, value, &ignored)
    found.removeSubrange(before...)
    return !fits
  }

  /// The outermost resource entered that has the anchor decides.
  func dynamicTarget(anchor: Int, fallback: Int) -> Int {
    let table = program.dynamicAnchors[anchor]
    for resource in scope {
      if let node = table[resource] { return node }
    }
    return fallback
  }

  private func childCount(_ value: JSON) -> Int {
    switch value {
    case .array(let items): items.count
    case .object(let object): object.count
    default: 0
    }
  }

  // MARK: What is found

  /// Notes that the value does not fulfil a keyword of the node. Always false.
  mutating func fail(_ keyword: String, _ node: Node, _ value: JSON, _ expected: @autoclosure () -> String) -> Bool {
    if quiet == 0 { note(keyword, "\(node.location)/\(keyword)", value, expected()) }
    return false
  }

  /// Notes that the value is where the schema `false` allows none. Always false.
  mutating func refuse(under keyword: String, _ node: Node, _ value: JSON) -> Bool {
    if quiet == 0 { note(keyword.isEmpty ? "false" : keyword, node.location, value, "nothing here") }
    return false
  }

  private mutating func note(_ keyword: String, _ schemaPointer: String, _ value: JSON, _ expected: String) {
    guard violations.count < Self.mostViolations else { return }
    violations.append(
      Violation(
        pointer: pointer(path).cut(toBytes: 200), keyword: keyword, schemaPointer: schemaPointer,
        expected: expected.cut(toBytes: 200), found: describe(value)))
  }

  /// Counts work that is more than applying one subschema.
  mutating func charge(_ steps: Int) { budget -= steps }

  private mutating func addMarks(of node: Node) {
    for (keyword, value) in node.marks where wanted[keyword] {
      found.append(FoundMark(path: path, keyword: keyword, value: HashedValue(value: value)))
    }
  }

  private func pointer(_ path: [Int]) -> String {
    var pointer = "", value = root
    for place in path {
      switch value {
      case .object(let object) where place < object.count:
        pointer += "/" + JSON.escape(pointerToken: object.members[place].key)
        value = object.members[place].value
      case .array(let items) where place < items.count:
        pointer += "/\(place)"
        value = items[place]
      default: return pointer
      }
    }
    return pointer
  }
}

/// A mark before its pointer is written out.
private struct FoundMark: Hashable {
  let path: [Int]
  let keyword: Int
  let value: HashedValue
}
