/// Finds subschemas that apply themselves to the same value without end, as `{"$ref": "#"}` does.
///
/// `$dynamicRef` is not followed, since where it leads shows only while validating; there a bound on depth stops it.
enum ReferenceCycles {
  static func refuse(in nodes: [Node]) throws(SchemaError) {
    enum State { case new, open, done }
    var states = [State](repeating: .new, count: nodes.count)
    for start in nodes.indices where states[start] == .new {
      // An own stack: chains of references may be longer than a thread's.
      var stack = [(node: start, next: same(nodes[start]), at: 0)]
      states[start] = .open
      while let top = stack.last {
        guard top.at < top.next.count else {
          states[top.node] = .done
          stack.removeLast()
          continue
        }
        stack[stack.count - 1].at += 1
        let next = top.next[top.at]
        switch states[next] {
        case .done: continue
        case .open:
          throw SchemaError(
            nodes[next].location, expected: "references that end",
            remedy: "the schema applies itself to the same value: break the cycle")
        case .new:
          states[next] = .open
          stack.append((next, same(nodes[next]), 0))
        }
      }
    }
  }

  /// The subschemas that a node applies to the very value that it is applied to.
  private static func same(_ node: Node) -> [Int] {
    node.steps.flatMap { step -> [Int] in
      switch step {
      case .reference(let node), .not(let node): [node]
      case .allOf(let nodes), .anyOf(let nodes), .oneOf(let nodes): nodes
      case .dependentSchemas(let rules): rules.map(\.node)
      case .conditional(let rule): [rule.condition] + [rule.then, rule.otherwise].compactMap(\.self)
      default: []
      }
    }
  }
}
