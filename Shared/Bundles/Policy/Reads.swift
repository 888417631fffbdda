import CEL

extension Bundle {
  /// The fields of a case that a rule's condition reads, as dotted paths, also by way of the file's `values`; at most
  /// `Reads.most`. Empty for a rule that is not the file's.
  public func reads(of rule: String) -> [String] { logic.reads[rule] ?? [] }
}

/// What rules read of a case, found out once when the file is loaded.
struct Reads {
  static let most = 20
  let values: [(name: String, expression: Expression)]

  func of(_ rule: Rule) -> [String] {
    var found: [String] = []
    collect(rule.when.reads, below: values.count, &found)
    return Array(found.prefix(Self.most))
  }

  /// - Parameter below: only values above this place can be meant, so that none leads to itself.
  private func collect(_ paths: [String], below: Int, _ found: inout [String]) {
    for path in paths {
      let parts = path.split(separator: ".")
      guard parts.count == 2, parts[0] == "value" else {
        let isOfCase = ["item", "current", "sources", "proposal", "action", "facts"].contains(String(parts.first ?? ""))
        if isOfCase, !found.contains(path) { found.append(path) }
        continue
      }
      guard let place = values.prefix(below).firstIndex(where: { $0.name == parts[1] }) else { continue }
      collect(values[place].expression.reads, below: place, &found)
    }
  }
}
