extension Array where Element == UInt8 {
  mutating func append<Number: FixedWidthInteger>(littleEndian number: Number) {
    Swift.withUnsafeBytes(of: number.littleEndian) { append(contentsOf: $0) }
  }
}

/// Reads little-endian numbers and runs of bytes; nil once there are not enough.
struct ByteReader {
  private(set) var rest: ArraySlice<UInt8>

  init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

  var isAtEnd: Bool { rest.isEmpty }

  mutating func byte() -> UInt8? { rest.popFirst() }

  mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
    guard count <= rest.count else { return nil }
    defer { rest = rest.dropFirst(count) }
    return rest.prefix(count)
  }

  mutating func number<Number: FixedWidthInteger & UnsignedInteger>(_ type: Number.Type) -> Number? {
    guard let bytes = take(MemoryLayout<Number>.size) else { return nil }
    return bytes.reversed().reduce(0) { $0 << 8 | Number($1) }
  }

  /// A field that may be null; nil where it is cut off.
  mutating func field() -> (value: ArraySlice<UInt8>?, Void)? {
    guard let length = number(UInt32.self) else { return nil }
    guard length != .max else { return (nil, ()) }
    return take(Int(length)).map { ($0, ()) }
  }
}
