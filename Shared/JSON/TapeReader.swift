extension Tape {
  /// One pass over the tape; strings, arrays and objects are the only allocations but for one stack of keys.
  struct Reader {
    let tape: Tape
    let depth: Int
    let anyInteger: Bool
    /// The keys of all objects that are open, innermost last.
    private var keys: [Key] = []

    init(tape: Tape, depth: Int, anyInteger: Bool) {
      self.tape = tape
      self.depth = depth
      self.anyInteger = anyInteger
    }

    mutating func value(at place: Int, level: Int) throws(Fault) -> JSON {
      switch tape.kind(place) {
      case UInt8(ascii: "\""): return .string(try string(at: place))
      case UInt8(ascii: "{"): return try object(at: place, level: level + 1)
      case UInt8(ascii: "["): return try array(at: place, level: level + 1)
      case UInt8(ascii: "l"): return try integer(Int64(bitPattern: tape.words[place + 1]), at: place)
      case UInt8(ascii: "u"):
        guard anyInteger else { throw outOfRange(place) }
        return .number(Double(tape.words[place + 1]))
      case UInt8(ascii: "d"): return .number(Double(bitPattern: tape.words[place + 1]))
      case UInt8(ascii: "t"): return .bool(true)
      case UInt8(ascii: "f"): return .bool(false)
      default: return .null
      }
    }

    private func integer(_ value: Int64, at place: Int) throws(Fault) -> JSON {
      guard anyInteger || value.magnitude < 1 << 53 else { throw outOfRange(place) }
      return .integer(value)
    }

    private func outOfRange(_ place: Int) -> Fault {
      Fault(code: .numberOutOfRange, place: place, expected: GrammarScanner.integerRange, found: "one beyond it")
    }

    /// simdjson 3.0 lets a lone low surrogate through as three bytes that are no UTF-8; decoding would replace each of
    /// them by a scalar of three bytes, which shows in the length.
    private func string(at place: Int) throws(Fault) -> String {
      let bytes = tape.text(place)
      let string = String(decoding: bytes, as: UTF8.self)
      guard string.utf8.count == bytes.count else {
        throw Fault(code: .notJSON, place: place, expected: "a Unicode scalar", found: "the escape of a lone surrogate")
      }
      return string
    }

    private mutating func array(at place: Int, level: Int) throws(Fault) -> JSON {
      try check(level, place)
      let last = tape.end(of: place) - 1
      var items: [JSON] = []
      items.reserveCapacity(Int(tape.words[place] >> 32 & 0xFF_FFFF))
      var child = place + 1
      while child < last {
        items.append(try value(at: child, level: level))
        child = tape.end(of: child)
      }
      return .array(items)
    }

    private mutating func object(at place: Int, level: Int) throws(Fault) -> JSON {
      try check(level, place)
      let last = tape.end(of: place) - 1
      let base = keys.count
      var child = place + 1, sorted = true
      while child < last {
        let key = Key(place: child, text: tape.text(child))
        if sorted, keys.count > base { sorted = keys[keys.count - 1].precedes(key) }
        keys.append(key)
        child = tape.end(of: child + 1)
      }
      if !sorted { try sort(from: base) }
      var members: [JSONObject.Member] = []
      members.reserveCapacity(keys.count - base)
      for index in base..<keys.count {
        let key = keys[index].place
        members.append((try string(at: key), try value(at: key + 1, level: level)))
      }
      keys.removeLast(keys.count - base)
      return .object(JSONObject(canonical: members))
    }

    /// Puts the innermost object's keys into canonical order and finds those that repeat.
    private mutating func sort(from base: Int) throws(Fault) {
      keys[base...].sort { $0.precedes($1) }
      for index in keys.indices.dropFirst(base + 1) where !keys[index - 1].precedes(keys[index]) {
        let place = max(keys[index - 1].place, keys[index].place)
        throw Fault(code: .duplicateKey, place: place, expected: "each key once", found: "a key that came before")
      }
    }

    private func check(_ level: Int, _ place: Int) throws(Fault) {
      guard level <= depth else {
        throw Fault(code: .tooDeep, place: place, expected: "at most \(depth) levels", found: "more")
      }
    }
  }

  /// A key on the tape, with its first bytes at hand so that most comparisons touch nothing else.
  struct Key {
    let place: Int
    private let text: UnsafeBufferPointer<UInt8>
    /// The first eight bytes, big-endian, filled up with zeros.
    private let head: UInt64

    init(place: Int, text: UnsafeBufferPointer<UInt8>) {
      self.place = place
      self.text = text
      var head: UInt64 = 0
      for byte in text.prefix(8) { head = head << 8 | UInt64(byte) }
      self.head = text.isEmpty ? 0 : head << UInt64(8 * (8 - min(8, text.count)))
    }

    /// Strictly, in the order of `String.precedesInCanonicalOrder`.
    func precedes(_ other: Key) -> Bool {
      let difference = head ^ other.head
      if difference != 0 {
        let shift = UInt64(56 - difference.leadingZeroBitCount / 8 * 8)
        return Key.precedes(UInt8(truncatingIfNeeded: head >> shift), UInt8(truncatingIfNeeded: other.head >> shift))
      }
      let common = min(text.count, other.text.count)
      var index = min(8, common)
      while index < common {
        if text[index] != other.text[index] { return Key.precedes(text[index], other.text[index]) }
        index += 1
      }
      return text.count < other.text.count
    }

    /// Two different bytes at the first place where two keys differ: UTF-16 sorts what is above U+FFFF (in UTF-8 F0…)
    /// below U+E000…U+FFFF (EE, EF).
    private static func precedes(_ a: UInt8, _ b: UInt8) -> Bool {
      let aHigh = a >= 0xF0, bHigh = b >= 0xF0
      return aHigh != bHigh && (aHigh ? b : a) >= 0xEE ? aHigh : a < b
    }
  }
}
