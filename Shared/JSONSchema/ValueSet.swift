import JSON

/// A JSON value that hashes as it compares: numbers by value, strings by code points.
struct HashedValue: Hashable {
  let value: JSON

  static func == (a: HashedValue, b: HashedValue) -> Bool { a.value == b.value }

  func hash(into hasher: inout Hasher) { Self.hash(value, into: &hasher) }

  private static func hash(_ value: JSON, into hasher: inout Hasher) {
    switch value {
    case .null: hasher.combine(0 as UInt8)
    case .bool(let bool): hasher.combine(bool)
    // Equal numbers are equal as doubles; the reverse need not hold.
    case .integer(let number): hasher.combine(Double(number))
    case .number(let number): hasher.combine(number)
    case .string(let text): hash(text, into: &hasher)
    case .array(let items):
      hasher.combine(items.count)
      for item in items { hash(item, into: &hasher) }
    case .object(let object):
      hasher.combine(object.count)
      for (key, value) in object.members {
        hash(key, into: &hasher)
        hash(value, into: &hasher)
      }
    }
  }

  private static func hash(_ text: String, into hasher: inout Hasher) {
    var text = text
    text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    hasher.combine(0xFF as UInt8)
  }
}

/// The first two items that are equal; nil where all differ. Linear in the size of the array.
func firstRepetition(in items: [JSON]) -> (Int, Int)? {
  if items.count <= 8 {
    for later in items.indices {
      for earlier in 0..<later where items[earlier] == items[later] { return (earlier, later) }
    }
    return nil
  }
  var seen: [HashedValue: Int] = Dictionary(minimumCapacity: items.count)
  for (index, item) in items.enumerated() {
    if let earlier = seen.updateValue(index, forKey: HashedValue(value: item)) { return (earlier, index) }
  }
  return nil
}
