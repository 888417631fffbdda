/// A map with keys of type bool, int, uint and string, kept in the order of its keys: false, true, numbers, strings.
///
/// An int and a uint of the same value are the same key. Look-ups are binary searches, in small maps linear ones.
public struct CELMap: Sendable {
  public enum Key: Sendable {
    case bool(Bool)
    case int(Int64)
    case uint(UInt64)
    case string(String)
  }
  public typealias Entry = (key: Key, value: CELValue)

  public private(set) var entries: [Entry]

  /// Takes entries in any order; those that are sorted already are only looked through once. Strings sort by code
  /// points. Of two with the same key the last one stays, so that `count` tells whether there were any.
  public init(_ entries: [Entry] = []) {
    let isSorted = zip(entries, entries.dropFirst()).allSatisfy { $0.key.order($1.key) < 0 }
    self.entries = isSorted ? entries : CELMap.sorted(entries)
  }

  /// Takes entries that the caller has sorted by their keys and found free of duplicates.
  public init(inOrder entries: [Entry]) { self.entries = entries }

  /// The same of members with string keys.
  public init(_ members: [(key: String, value: CELValue)]) {
    self.init(members.map { (key: .string($0.key), value: $0.value) })
  }

  private static func sorted(_ entries: [Entry]) -> [Entry] {
    let order = entries.indices.sorted { a, b in
      let order = entries[a].key.order(entries[b].key)
      return order < 0 || (order == 0 && a < b)
    }
    var sorted: [Entry] = []
    sorted.reserveCapacity(entries.count)
    for index in order {
      if let last = sorted.last, last.key.order(entries[index].key) == 0 { sorted.removeLast() }
      sorted.append(entries[index])
    }
    return sorted
  }

  public var count: Int { entries.count }
  public var isEmpty: Bool { entries.isEmpty }

  public subscript(name: String) -> CELValue? {
    if entries.count > 8 { return self[.string(name)] }
    for at in entries.indices {
      if case .string(let key) = entries[at].key, key.sameCodePoints(name) { return entries[at].value }
    }
    return nil
  }

  public subscript(key: Key) -> CELValue? {
    let at = place(of: key)
    return at < entries.count && entries[at].key.order(key) == 0 ? entries[at].value : nil
  }

  /// The first place whose key is not before `key`.
  private func place(of key: Key) -> Int {
    var low = 0, high = entries.count
    while low < high {
      let middle = (low + high) / 2
      if entries[middle].key.order(key) < 0 { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

extension CELMap.Key {
  /// The key that a value stands for: a double is the integer of the same value. Nil if there is none.
  public init?(_ value: CELValue) {
    switch value {
    case .bool(let value): self = .bool(value)
    case .int(let value): self = .int(value)
    case .uint(let value): self = .uint(value)
    case .string(let value): self = .string(value)
    case .double(let value):
      if let int = Int64(exactly: value) {
        self = .int(int)
      } else if let uint = UInt64(exactly: value) {
        self = .uint(uint)
      } else {
        return nil
      }
    default: return nil
    }
  }

  public var value: CELValue {
    switch self {
    case .bool(let value): .bool(value)
    case .int(let value): .int(value)
    case .uint(let value): .uint(value)
    case .string(let value): .string(value)
    }
  }

  private var rank: Int {
    switch self {
    case .bool: 0
    case .int, .uint: 1
    case .string: 2
    }
  }

  /// Negative, zero or positive as this key sorts before, with or after the other.
  func order(_ other: CELMap.Key) -> Int {
    switch (self, other) {
    case (.string(let a), .string(let b)): a.order(b)
    case (.int(let a), .int(let b)): a < b ? -1 : a == b ? 0 : 1
    case (.uint(let a), .uint(let b)): a < b ? -1 : a == b ? 0 : 1
    case (.int(let a), .uint(let b)): a < 0 ? -1 : UInt64(a) < b ? -1 : UInt64(a) == b ? 0 : 1
    case (.uint(let a), .int(let b)): b < 0 ? 1 : a < UInt64(b) ? -1 : a == UInt64(b) ? 0 : 1
    case (.bool(let a), .bool(let b)): a == b ? 0 : b ? -1 : 1
    default: rank - other.rank
    }
  }
}
