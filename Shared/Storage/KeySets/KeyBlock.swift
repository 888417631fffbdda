/// Entries packed one after the other: key (16 bytes), time (8, big-endian µs), length of the value (1), value.
enum KeyBlock {
  /// A block and its row fill one page of SQLite.
  static let limit = 4040

  static func append(_ entry: KeyEntry, to body: inout [UInt8]) {
    body += entry.key
    let at = UInt64(bitPattern: entry.at)
    for shift in stride(from: 56, through: 0, by: -8) { body.append(UInt8(truncatingIfNeeded: at >> UInt64(shift))) }
    body.append(UInt8(truncatingIfNeeded: entry.value.count))
    body += entry.value
  }

  static func size(of entry: KeyEntry) -> Int { 25 + entry.value.count }

  /// The entry with this index in the block, from 0; nil where the block has no such entry.
  static func entry(_ index: Int, of body: [UInt8]) -> KeyEntry? {
    guard index >= 0 else { return nil }
    var start = 0
    for _ in 0..<index {
      guard start + 25 <= body.count else { return nil }
      start += 25 + Int(body[start + 24])
    }
    return decode(body, at: start)
  }

  /// Calls `body` for each entry with its index. - Throws: `error` where the block is cut short.
  static func forEach(
    _ block: [UInt8], or error: @autoclosure () -> StoreError, _ body: (Int, KeyEntry) -> Void
  ) throws(StoreError) {
    var start = 0
    var index = 0
    while start < block.count {
      guard let entry = decode(block, at: start) else { throw error() }
      body(index, entry)
      start += size(of: entry)
      index += 1
    }
  }

  private static func decode(_ body: [UInt8], at start: Int) -> KeyEntry? {
    guard start + 25 <= body.count else { return nil }
    let end = start + 25 + Int(body[start + 24])
    guard end <= body.count else { return nil }
    let at = body[start + 16..<start + 24].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    return KeyEntry(
      key: Array(body[start..<start + 16]), value: Array(body[start + 25..<end]), at: Int64(bitPattern: at))
  }
}
