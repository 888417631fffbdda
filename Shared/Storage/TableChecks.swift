import Glibc

/// Names go into SQL of both engines, quoted; this form means the same to both, quoted or not.
func isPlainName(_ name: String) -> Bool {
  let bytes = name.utf8
  guard let first = bytes.first, bytes.count <= 40, (97...122).contains(first) else { return false }
  return bytes.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 95 }
}

extension Table {
  /// Whether a database can have this table.
  func checkShape() throws(StoreError) {
    guard isPlainName(name) else { throw StoreError(.refused, "table \"\(name)\": not a name of a-z, 0-9, _") }
    guard (0...columns.count).contains(keyCount), (1...200).contains(columns.count) else {
      throw StoreError(.refused, "table \(name): \(columns.count) columns, of which \(keyCount) are the key")
    }
    var names: Set<String> = []
    for (at, column) in columns.enumerated() {
      guard isPlainName(column.name), names.insert(column.name).inserted else {
        throw StoreError(.refused, "table \(name): column \"\(column.name)\" is there twice or no name of a-z, 0-9, _")
      }
      guard at >= keyCount || !column.nullable else {
        throw StoreError(.refused, "table \(name): key column \(column.name) may not be null")
      }
    }
    for index in indexes {
      for column in index.columns + (index.onlyWhereSet.map { [$0] } ?? []) where !names.contains(column) {
        throw StoreError(.refused, "table \(name): index over \"\(column)\", which is no column")
      }
      guard !index.columns.isEmpty else { throw StoreError(.refused, "table \(name): index over nothing") }
    }
  }

  /// Whether every row has a value of the right kind for each of the first `count` columns.
  func check(_ rows: [Row], count: Int) throws(StoreError) {
    for row in rows {
      guard row.count == count else {
        throw StoreError(.refused, "table \(name): a row of \(row.count) values where \(count) belong")
      }
      for at in 0..<count {
        let column = columns[at]
        if let problem = row[at].problem(for: column) {
          throw StoreError(.refused, "\(name).\(column.name): \(problem)")
        }
      }
    }
  }

  func requireKey() throws(StoreError) {
    guard keyCount > 0 else { throw StoreError(.refused, "table \(name) has no key") }
  }
}

extension Value {
  /// Why the column does not take this value, the same for both engines; nil where it does. Never quotes the value.
  func problem(for column: Column) -> String? {
    switch (self, column.kind) {
    case (.null, _): column.nullable ? nil : "must not be null"
    case (.integer, .integer), (.blob, .blob): nil
    case (.text, .text), (.real, .real): problem
    default: "a value that is not of kind \(column.kind)"
    }
  }

  /// Why no column takes this value.
  var problem: String? {
    switch self {
    case .real(let number): return number.isNaN ? "not a number" : nil
    case .text(var text):
      return text.withUTF8 { bytes in
        guard let start = bytes.baseAddress else { return false }
        return memchr(start, 0, bytes.count) != nil
      } ? "text with a NUL character" : nil
    default: return nil
    }
  }
}
