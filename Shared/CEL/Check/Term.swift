/// A compiled part and what is known of it.
struct Term {
  let node: any Node
  var type: CELType
  /// Where its value comes from in the data, as "item.lines[].amount"; nil for anything computed.
  var path: String?
  /// Its value if it is the same in each evaluation.
  var constant: CELValue?
  var reach = Reach()

  var isComparison: Bool { node is Comparison }
}

/// What a part depends on.
struct Reach {
  var usesVariables = false
  /// The lowest slot of a comprehension's variable that it reads.
  var lowestSlot = Int.max

  init() {}

  init(_ terms: [Term]) {
    for term in terms {
      usesVariables = usesVariables || term.reach.usesVariables
      lowestSlot = min(lowestSlot, term.reach.lowestSlot)
    }
  }
}
