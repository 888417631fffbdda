import Glibc

/// One Kafka record as bytes: key, headers and body in one run of memory.
///
/// The same form goes through the outbox, the C wrapper and the ledger, so a record is laid out once and copied as a
/// whole. All numbers are little-endian; a length of `0xFFFFFFFF` stands for null (no key, a tombstone, a header without value):
///
///     u32 length of the rest | u32 key length, key | u32 body length, body
///     | u16 header count, each: u16 name length, name, u32 value length, value
///
/// Whoever makes a `Frame` from bytes of another process checks them first (`Frame.split`); the accessors trust their layout.
public struct Frame: Sendable {
  public let bytes: ArraySlice<UInt8>

  /// - Parameter bytes: one whole frame, its leading length included.
  public init(_ bytes: ArraySlice<UInt8>) { self.bytes = bytes }

  static let null: UInt32 = .max

  /// Nil where the record has none.
  public var key: ArraySlice<UInt8>? { field(at: bytes.startIndex + 4).value }

  /// Nil for a tombstone.
  public var body: ArraySlice<UInt8>? { field(at: field(at: bytes.startIndex + 4).end).value }

  /// The headers in their order. A header without value has nil.
  public var headers: [(name: String, value: ArraySlice<UInt8>?)] {
    var all: [(String, ArraySlice<UInt8>?)] = []
    forEachHeader { name, value in
      all.append((String(decoding: name, as: UTF8.self), value))
      return true
    }
    return all
  }

  /// The value of the first header of that name; nil where there is none or it has no value.
  ///
  /// Looked up several times for each message of a batch: it goes over raw memory, without a slice for each header passed.
  public func header(_ name: StaticString) -> ArraySlice<UInt8>? {
    let start = bytes.startIndex
    return bytes.withUnsafeBytes { Frame.find(name, $0) }.map { bytes[(start + $0.lowerBound)..<(start + $0.upperBound)] }
  }

  /// Invalid UTF-8 is replaced, as `String(decoding:)` does.
  public func text(_ name: StaticString) -> String? { header(name).map { String(decoding: $0, as: UTF8.self) } }

  public func integer(_ name: StaticString) -> Int64? { text(name).flatMap { Int64($0) } }

  private static func find(_ name: StaticString, _ bytes: UnsafeRawBufferPointer) -> Range<Int>? {
    func number(_ at: Int) -> Int { Int(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: at, as: UInt32.self))) }
    func short(_ at: Int) -> Int { Int(UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: at, as: UInt16.self))) }
    func end(_ at: Int) -> Int { number(at) == Int(null) ? at + 4 : at + 4 + number(at) }
    var at = end(end(4))
    let count = short(at)
    at += 2
    for _ in 0..<count {
      let length = short(at)
      let valueAt = at + 2 + length
      let next = end(valueAt)
      if length == name.utf8CodeUnitCount, let start = bytes.baseAddress, memcmp(start + at + 2, name.utf8Start, length) == 0 {
        return number(valueAt) == Int(null) ? nil : (valueAt + 4)..<next
      }
      at = next
    }
    return nil
  }

  private func forEachHeader(_ visit: (ArraySlice<UInt8>, ArraySlice<UInt8>?) -> Bool) {
    var at = field(at: field(at: bytes.startIndex + 4).end).end
    let count = Int(bytes[at]) | Int(bytes[at + 1]) << 8
    at += 2
    for _ in 0..<count {
      let nameEnd = at + 2 + (Int(bytes[at]) | Int(bytes[at + 1]) << 8)
      let value = field(at: nameEnd)
      if !visit(bytes[(at + 2)..<nameEnd], value.value) { return }
      at = value.end
    }
  }

  private func field(at start: Int) -> (value: ArraySlice<UInt8>?, end: Int) {
    let length = Frame.number(bytes, at: start)
    guard length != Frame.null else { return (nil, start + 4) }
    let end = start + 4 + Int(length)
    return (bytes[(start + 4)..<end], end)
  }

  static func number(_ bytes: ArraySlice<UInt8>, at start: Int) -> UInt32 {
    UInt32(bytes[start]) | UInt32(bytes[start + 1]) << 8 | UInt32(bytes[start + 2]) << 16 | UInt32(bytes[start + 3]) << 24
  }

  /// The frames of a batch, one after the other.
  ///
  /// - Returns: nil where the bytes are not whole frames from end to end.
  public static func split(_ bytes: ArraySlice<UInt8>) -> [Frame]? {
    var frames: [Frame] = []
    var at = bytes.startIndex
    while at < bytes.endIndex {
      guard bytes.endIndex - at >= 4 else { return nil }
      let (end, overflow) = at.addingReportingOverflow(4 + Int(number(bytes, at: at)))
      guard !overflow, end <= bytes.endIndex, isWhole(bytes[at..<end]) else { return nil }
      frames.append(Frame(bytes[at..<end]))
      at = end
    }
    return frames
  }

  private static func isWhole(_ bytes: ArraySlice<UInt8>) -> Bool {
    var at = bytes.startIndex + 4
    func skipField() -> Bool {
      guard bytes.endIndex - at >= 4 else { return false }
      let length = number(bytes, at: at)
      at += 4
      guard length != null else { return true }
      guard Int(length) <= bytes.endIndex - at else { return false }
      at += Int(length)
      return true
    }
    func skipName() -> Bool {
      guard bytes.endIndex - at >= 2 else { return false }
      at += 2 + (Int(bytes[at]) | Int(bytes[at + 1]) << 8)
      return at <= bytes.endIndex
    }
    guard skipField(), skipField(), bytes.endIndex - at >= 2 else { return false }
    let count = Int(bytes[at]) | Int(bytes[at + 1]) << 8
    at += 2
    for _ in 0..<count { guard skipName(), skipField() else { return false } }
    return at == bytes.endIndex
  }
}

/// Lays frames out one after the other in one buffer: `begin`, its headers, `end`, and again.
public struct FrameWriter: Sendable {
  public private(set) var bytes: [UInt8] = []
  public private(set) var count = 0
  private var frameStart = 0
  private var headerCountAt = 0
  private var headerCount = 0

  public init() {}

  public mutating func begin(key: (some Collection<UInt8>)?, body: (some Collection<UInt8>)?) {
    frameStart = bytes.count
    append(UInt32(0))
    field(key)
    field(body)
    headerCountAt = bytes.count
    headerCount = 0
    bytes.append(contentsOf: [0, 0])
  }

  /// - Parameter name: at most 65,535 bytes.
  public mutating func header(_ name: String, _ value: (some Collection<UInt8>)?) {
    let utf8 = name.utf8
    bytes.append(UInt8(truncatingIfNeeded: utf8.count))
    bytes.append(UInt8(truncatingIfNeeded: utf8.count >> 8))
    bytes.append(contentsOf: utf8)
    field(value)
    headerCount += 1
  }

  public mutating func header(_ name: String, _ value: String) { header(name, value.utf8) }

  /// Adds the seal's header with an empty place for its 43 characters.
  ///
  /// - Returns: where, counted from the frame's start, the seal's header begins.
  mutating func reserveSeal() -> Int {
    let start = bytes.count - frameStart
    bytes.append(contentsOf: Seal.head)
    bytes.append(contentsOf: repeatElement(0, count: 43))
    headerCount += 1
    setHeaderCount()
    return start
  }

  mutating func fillSeal(_ mark: [UInt8]) {
    bytes.replaceSubrange((bytes.count - 43)..., with: mark)
    end()
  }

  func withOpenFrame<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    bytes.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[frameStart...])) }
  }

  private mutating func setHeaderCount() {
    bytes[headerCountAt] = UInt8(truncatingIfNeeded: headerCount)
    bytes[headerCountAt + 1] = UInt8(truncatingIfNeeded: headerCount >> 8)
  }

  public mutating func end() {
    setHeaderCount()
    let length = UInt32(bytes.count - frameStart - 4)
    for shift in 0..<4 { bytes[frameStart + shift] = UInt8(truncatingIfNeeded: length >> (8 * UInt32(shift))) }
    count += 1
  }

  private mutating func field(_ value: (some Collection<UInt8>)?) {
    guard let value else { return append(Frame.null) }
    append(UInt32(value.count))
    // At once: another module's call is not compiled for its type, and would go byte by byte.
    if value.withContiguousStorageIfAvailable({ bytes.append(contentsOf: $0) }) == nil { bytes.append(contentsOf: value) }
  }

  private mutating func append(_ number: UInt32) {
    bytes.append(UInt8(truncatingIfNeeded: number))
    bytes.append(UInt8(truncatingIfNeeded: number >> 8))
    bytes.append(UInt8(truncatingIfNeeded: number >> 16))
    bytes.append(UInt8(truncatingIfNeeded: number >> 24))
  }
}
