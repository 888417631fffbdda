import Statistics
import Storage

/// Whole numbers of any size (zigzag, seven bits a byte) and texts, one after the other.
struct Packed {
  var bytes: [UInt8] = []

  mutating func integer(_ value: Int64) {
    var rest = UInt64(bitPattern: (value << 1) ^ (value >> 63))
    while rest >= 128 {
      bytes.append(UInt8(rest & 127) | 128)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  mutating func text(_ value: String) {
    integer(Int64(value.utf8.count))
    bytes += value.utf8
  }

  mutating func sketch(_ sketch: Sketch) {
    integer(Int64(sketch.counts.count))
    for (bucket, count) in sketch.counts.sorted(by: { $0.key < $1.key }) {
      integer(Int64(bucket))
      integer(Int64(count))
    }
  }
}

/// Reads them back. - Throws: `damaged` where the bytes end too soon.
struct PackedReader {
  private var rest: ArraySlice<UInt8>
  init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

  var isAtEnd: Bool { rest.isEmpty }

  mutating func byte() throws(StoreError) -> UInt8 {
    guard let byte = rest.popFirst() else { throw StoreError(.damaged, "the measures of a case") }
    return byte
  }

  mutating func integer() throws(StoreError) -> Int64 {
    var (value, shift) = (UInt64(0), UInt64(0))
    while true {
      let byte = try byte()
      guard shift < 64 else { throw StoreError(.damaged, "the measures of a case") }
      value |= UInt64(byte & 127) << shift
      if byte < 128 { break }
      shift += 7
    }
    return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
  }

  mutating func count() throws(StoreError) -> Int {
    let count = try integer()
    guard count >= 0, count <= Int64(rest.count) else { throw StoreError(.damaged, "the measures of a case") }
    return Int(count)
  }

  /// Names with times.
  mutating func people() throws(StoreError) -> [String: Int64] {
    var people: [String: Int64] = [:]
    for _ in 0..<(try count()) {
      let person = try text()
      people[person] = try integer()
    }
    return people
  }

  mutating func text() throws(StoreError) -> String {
    let count = try count()
    defer { rest = rest.dropFirst(count) }
    return String(decoding: rest.prefix(count), as: UTF8.self)
  }

  mutating func sketch() throws(StoreError) -> Sketch {
    var sketch = Sketch()
    for _ in 0..<(try count()) {
      let bucket = try integer()
      sketch.add(bucket: Int(clamping: bucket), times: Int(clamping: try integer()))
    }
    return sketch
  }
}
