import Storage
import Wire

/// All facts of a case, folded from its records' headers. The fold does not depend on the order of the records, so that
/// an index made anew from the ledger is the same.
///
/// Of most facts the latest counts, and one that says something before one that says `none`; reasons, sources, people,
/// decisions, tiers and overrides are collected.
struct CaseFacts: Sendable, Equatable {
  private struct Entry: Equatable {
    var time: Int64
    var value: [UInt8]
  }
  /// At most so many values of a collected fact: the first in order.
  static let collectedLimit = 32
  private static let none = Array("none".utf8)
  private static let collected: [Bool] = Fact.allCases.map {
    switch $0 {
    case .reasons, .sources, .reviewer, .decision, .tier, .override: true
    default: false
    }
  }

  static func index(of fact: Fact) -> Int { Fact.allCases.firstIndex(of: fact) ?? 0 }

  private var entries = [Entry?](repeating: nil, count: Fact.allCases.count)

  init() {}

  /// - Parameter fact: its place in `Fact.allCases`.
  mutating func fold(_ fact: Int, _ value: ArraySlice<UInt8>, time: Int64) {
    guard value.count <= 1_024, !value.contains(0) else { return }
    guard Self.collected[fact] else { return keepLatest(fact, value, time) }
    for part in value.split(separator: UInt8(ascii: ",")) where !part.elementsEqual(Self.none) { collect(fact, part) }
  }

  /// Most records repeat what those before them told: nothing is copied then.
  private mutating func keepLatest(_ fact: Int, _ new: ArraySlice<UInt8>, _ time: Int64) {
    guard let old = entries[fact] else { return entries[fact] = Entry(time: time, value: Array(new)) }
    if old.value.elementsEqual(new) {
      if time > old.time { entries[fact]!.time = time }
      return
    }
    let (isNewNone, isOldNone) = (new.elementsEqual(Self.none), old.value == Self.none)
    let isLater = time > old.time || (time == old.time && old.value.lexicographicallyPrecedes(new))
    if isNewNone == isOldNone ? isLater : isOldNone { entries[fact] = Entry(time: time, value: Array(new)) }
  }

  /// Collected values are kept sorted, each ended by a line feed.
  private mutating func collect(_ fact: Int, _ value: ArraySlice<UInt8>) {
    guard !value.contains(0x0A) else { return }
    guard let old = entries[fact]?.value, !old.isEmpty else { return entries[fact] = Entry(time: 0, value: Array(value)) }
    if old.elementsEqual(value) { return }
    var values = old.split(separator: 0x0A)
    guard !values.contains(where: { $0.elementsEqual(value) }) else { return }
    values.append(value)
    values.sort { $0.lexicographicallyPrecedes($1) }
    entries[fact] = Entry(time: 0, value: Array(values.prefix(Self.collectedLimit).joined(separator: [0x0A])))
  }

  /// What two halves of the same case's records amount to.
  mutating func merge(_ other: CaseFacts) {
    for (fact, entry) in other.entries.enumerated() {
      guard let entry else { continue }
      guard Self.collected[fact] else { keepLatest(fact, entry.value[...], entry.time); continue }
      for value in entry.value.split(separator: 0x0A) { collect(fact, value) }
    }
  }

  /// The latest value; of a collected fact all, separated by line feeds. Nil where no record told it.
  subscript(fact: Fact) -> String? { entries[Self.index(of: fact)].map { String(decoding: $0.value, as: UTF8.self) } }

  func values(_ fact: Fact) -> [String] { (self[fact] ?? "").split(separator: "\n").map(String.init) }
  static func isCollected(_ fact: Fact) -> Bool { collected[index(of: fact)] }

  /// `u8 fact | i64 time | u16 length | value`, little-endian, in the order of the facts.
  var bytes: [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(512)
    for (fact, entry) in entries.enumerated() {
      guard let entry else { continue }
      bytes.append(UInt8(fact))
      withUnsafeBytes(of: entry.time.littleEndian) { bytes.append(contentsOf: $0) }
      let count = UInt16(clamping: entry.value.count)
      withUnsafeBytes(of: count.littleEndian) { bytes.append(contentsOf: $0) }
      bytes.append(contentsOf: entry.value.prefix(Int(count)))
    }
    return bytes
  }

  init(_ bytes: [UInt8]) throws(StoreError) { self = try Self.read(bytes).facts }

  /// - Returns: the facts, and where they end: what a case's measures begin with is no fact.
  static func read(_ bytes: [UInt8]) throws(StoreError) -> (facts: CaseFacts, end: Int) {
    var facts = CaseFacts()
    let end = try facts.take(bytes)
    return (facts, end)
  }

  private mutating func take(_ bytes: [UInt8]) throws(StoreError) -> Int {
    var at = 0
    func number(_ count: Int) -> UInt64 {
      defer { at += count }
      return (0..<count).reduce(0) { $0 | UInt64(bytes[at + $1]) << UInt64(8 * $1) }
    }
    while at < bytes.count, bytes[at] != CaseMeasures.mark {
      guard at + 11 <= bytes.count, Int(bytes[at]) < entries.count else { throw StoreError(.damaged, "the facts of a case") }
      let fact = Int(number(1))
      let time = Int64(bitPattern: number(8))
      let length = Int(number(2))
      guard at + length <= bytes.count else { throw StoreError(.damaged, "the facts of a case") }
      entries[fact] = Entry(time: time, value: Array(bytes[at..<(at + length)]))
      at += length
    }
    return at
  }
}
