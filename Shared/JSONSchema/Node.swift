import JSON

/// One subschema, compiled. Others are named by their place in `Program.nodes`.
final class Node: Sendable {
  /// Which schema resource it belongs to: what `$dynamicRef` looks for.
  let resource: Int32
  /// URI and JSON pointer of the subschema.
  let location: String
  let steps: [Step]
  /// The keywords `x-…`, by their place in `Program.markKeywords`, and their values.
  let marks: [(keyword: Int, value: JSON)]
  /// Has `unevaluatedItems` or `unevaluatedProperties`, so must know which children the other keywords looked at.
  let needsEvaluated: Bool

  init(resource: Int32, location: String, steps: [Step], marks: [(keyword: Int, value: JSON)]) {
    self.resource = resource
    self.location = location
    self.steps = steps
    self.marks = marks
    needsEvaluated = steps.contains {
      switch $0 {
      case .unevaluatedItems, .unevaluatedProperties: true
      default: false
      }
    }
  }
}

/// What a subschema asks of a value, one keyword or a few that belong together. Indirect, so that to copy one is to
/// count one reference.
indirect enum Step: Sendable {
  /// The schema `false`, under the keyword that holds it.
  case never(keyword: String)
  case type(TypeSet)
  case const(JSON, expected: String)
  case enumeration([JSON], expected: String)
  case bound(NumberBound)
  case multipleOf(Divisor)
  /// Numbers of Unicode scalars.
  case minLength(Int)
  case maxLength(Int)
  case pattern(Pattern)
  case format(Format)
  /// In canonical order, without repetition.
  case required([String])
  case minProperties(Int)
  case maxProperties(Int)
  case dependentRequired([(key: String, required: [String])])
  case dependentSchemas([(key: String, node: Int)])
  case propertyNames(Int)
  case members(MemberRules)
  case minItems(Int)
  case maxItems(Int)
  case uniqueItems
  case items(ItemRules)
  case contains(ContainsRule)
  case reference(Int)
  /// `anchor` is a place in `Program.dynamicAnchors`.
  case dynamicReference(anchor: Int, fallback: Int)
  case allOf([Int])
  case anyOf([Int])
  case oneOf([Int])
  case not(Int)
  case conditional(ConditionalRule)
  case unevaluatedItems(Int)
  case unevaluatedProperties(Int)
}

/// `properties`, `patternProperties` and `additionalProperties`, which share out an object's members.
final class MemberRules: Sendable {
  /// In canonical order.
  let named: [(key: String, node: Int)]
  let patterns: [(pattern: Pattern, node: Int)]
  let additional: Int?

  init(named: [(key: String, node: Int)], patterns: [(pattern: Pattern, node: Int)], additional: Int?) {
    self.named = named
    self.patterns = patterns
    self.additional = additional
  }
}

/// `prefixItems` and `items`.
struct ItemRules: Sendable {
  let prefix: [Int]
  let rest: Int?
}

/// `contains`, `minContains` and `maxContains`.
struct ContainsRule: Sendable {
  let node: Int
  let least: Int
  let most: Int?
}

/// `if`, `then` and `else`.
struct ConditionalRule: Sendable {
  let condition: Int
  let then: Int?
  let otherwise: Int?
}

/// A compiled schema with all that it refers to.
final class Program: Sendable {
  let nodes: [Node]
  let root: Int
  /// For each anchor that a `$dynamicRef` names: the node that bears it, by resource.
  let dynamicAnchors: [[Int32: Int]]
  let markKeywords: [String]

  init(nodes: [Node], root: Int, dynamicAnchors: [[Int32: Int]], markKeywords: [String]) {
    self.nodes = nodes
    self.root = root
    self.dynamicAnchors = dynamicAnchors
    self.markKeywords = markKeywords
  }
}
