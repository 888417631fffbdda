import CPostgres

/// Numbers of PostgreSQL's types (pg_type.dat) that come and go here. All values travel in binary form.
enum PostgresType {
  static let bool: Oid = 16
  static let bytea: Oid = 17
  static let name: Oid = 19
  static let int8: Oid = 20
  static let int2: Oid = 21
  static let int4: Oid = 23
  static let text: Oid = 25
  static let oid: Oid = 26
  static let float4: Oid = 700
  static let float8: Oid = 701
  static let bpchar: Oid = 1042
  static let varchar: Oid = 1043
  static let numeric: Oid = 1700

  static func of(_ kind: Column.Kind) -> Oid {
    switch kind {
    case .integer: int8
    case .real: float8
    case .text: text
    case .blob: bytea
    }
  }

  static func arrayName(_ kind: Column.Kind) -> String {
    switch kind {
    case .integer: "bigint[]"
    case .real: "float8[]"
    case .text: "text[]"
    case .blob: "bytea[]"
    }
  }

  static func arrayOf(_ kind: Column.Kind) -> Oid {
    switch kind {
    case .integer: 1016
    case .real: 1022
    case .text: 1009
    case .blob: 1001
    }
  }
}

/// The parameters of one statement, one behind the other in one buffer.
struct PostgresParameters {
  private(set) var types: [Oid] = []
  private var bytes: [UInt8] = []
  /// Where each begins and ends; nil for NULL.
  private var ranges: [Range<Int>?] = []

  /// The server takes at most 1 GiB in one value, and one message must hold them all.
  private static let limit = 1 << 30

  mutating func append(_ value: Value) throws(StoreError) {
    let start = bytes.count
    switch value {
    case .null:
      types.append(0)
      ranges.append(nil)
      return
    case .integer: types.append(PostgresType.int8)
    case .real: types.append(PostgresType.float8)
    case .text: types.append(PostgresType.text)
    case .blob: types.append(PostgresType.bytea)
    }
    write(value)
    try close(start)
  }

  /// An array of the values at `column` of each row, in PostgreSQL's binary form (array_send in arrayfuncs.c).
  mutating func append(_ rows: [Row], at column: Int, _ kind: Column.Kind) throws(StoreError) {
    let start = bytes.count
    types.append(PostgresType.arrayOf(kind))
    beginArray(PostgresType.of(kind), count: rows.count)
    for row in rows { element(row[column]) }
    try close(start)
  }

  mutating func append(blobs: some Collection<[UInt8]>) throws(StoreError) {
    let start = bytes.count
    types.append(PostgresType.arrayOf(.blob))
    beginArray(PostgresType.bytea, count: blobs.count)
    for blob in blobs {
      write(UInt32(truncatingIfNeeded: blob.count))
      bytes += blob
    }
    try close(start)
  }

  mutating func append(integers: some Collection<Int64>) throws(StoreError) {
    let start = bytes.count
    types.append(PostgresType.arrayOf(.integer))
    beginArray(PostgresType.int8, count: integers.count)
    for integer in integers { element(.integer(integer)) }
    try close(start)
  }

  private mutating func beginArray(_ type: Oid, count: Int) {
    write(UInt32(1))
    write(UInt32(1))
    write(UInt32(type))
    write(UInt32(truncatingIfNeeded: count))
    write(UInt32(1))
  }

  private mutating func element(_ value: Value) {
    if case .null = value {
      write(UInt32.max)
      return
    }
    let length = bytes.count
    write(UInt32(0))
    write(value)
    let size = UInt32(truncatingIfNeeded: bytes.count - length - 4).bigEndian
    withUnsafeBytes(of: size) { for (at, byte) in $0.enumerated() { bytes[length + at] = byte } }
  }

  private mutating func close(_ start: Int) throws(StoreError) {
    guard bytes.count < Self.limit, ranges.count < 65_535 else {
      throw StoreError(.refused, "more than 1 GiB in one statement")
    }
    ranges.append(start..<bytes.count)
  }

  private mutating func write(_ value: Value) {
    switch value {
    case .null: break
    case .integer(let number): withUnsafeBytes(of: number.bigEndian) { bytes += $0 }
    case .real(let number): withUnsafeBytes(of: number.bitPattern.bigEndian) { bytes += $0 }
    case .text(let text): bytes += text.utf8
    case .blob(let blob): bytes += blob
    }
  }

  private mutating func write(_ word: UInt32) { withUnsafeBytes(of: word.bigEndian) { bytes += $0 } }

  /// Calls `body` with what `PQexecPrepared` wants.
  func withPointers<Result>(
    _ body: (Int32, UnsafePointer<UnsafePointer<CChar>?>, UnsafePointer<Int32>, UnsafePointer<Int32>) -> Result
  ) -> Result {
    bytes.withUnsafeBufferPointer { buffer in
      buffer.withMemoryRebound(to: CChar.self) { buffer in
        // A value of no bytes still needs a place, or it would be NULL.
        withUnsafePointer(to: CChar(0)) { nothing in
          let start = buffer.baseAddress ?? nothing
          let values = ranges.map { range in range.map { $0.isEmpty ? nothing : start + $0.lowerBound } }
          let lengths = ranges.map { Int32(clamping: $0?.count ?? 0) }
          let formats = [Int32](repeating: 1, count: ranges.count)
          return body(Int32(clamping: ranges.count), values, lengths, formats)
        }
      }
    }
  }
}

extension PostgresResult {
  /// - Throws: `refused` for a type that no `Value` holds.
  func value(_ row: Int32, _ column: Int32) throws(StoreError) -> Value {
    guard let bytes = bytes(row, column) else { return .null }
    let type = type(column)
    switch type {
    case PostgresType.int8, PostgresType.int4, PostgresType.int2: return .integer(Self.integer(bytes))
    case PostgresType.oid: return .integer(Int64(UInt32(truncatingIfNeeded: Self.integer(bytes))))
    case PostgresType.bool: return .integer(bytes.first == 0 ? 0 : 1)
    case PostgresType.float8: return .real(Double(bitPattern: UInt64(bitPattern: Self.integer(bytes))))
    case PostgresType.float4: return .real(Double(Float(bitPattern: UInt32(truncatingIfNeeded: Self.integer(bytes)))))
    case PostgresType.bytea: return .blob(Array(bytes))
    case PostgresType.text, PostgresType.varchar, PostgresType.bpchar, PostgresType.name:
      return .text(String(decoding: bytes, as: UTF8.self))
    case PostgresType.numeric: return Self.numeric(bytes)
    default: throw StoreError(.refused, "a result of PostgreSQL's type \(type)")
    }
  }

  /// A signed big-endian integer of at most 8 bytes.
  static func integer(_ bytes: UnsafeBufferPointer<UInt8>) -> Int64 {
    guard let first = bytes.first else { return 0 }
    let sign: UInt64 = first & 0x80 == 0 ? 0 : UInt64.max
    return Int64(bitPattern: bytes.reduce(sign) { $0 << 8 | UInt64($1) })
  }

  /// Sums come as `numeric` (numeric_send in numeric.c: count of digits, weight of the first, sign, scale, digits to
  /// the base of 10,000). A whole number that fits becomes an integer, as in SQLite, any other a real.
  static func numeric(_ bytes: UnsafeBufferPointer<UInt8>) -> Value {
    let words = stride(from: 0, to: bytes.count - 1, by: 2).map { UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]) }
    guard words.count >= 4, words[2] == 0 || words[2] == 0x4000 else { return .real(.nan) }
    let weight = Int(Int16(bitPattern: words[1]))
    let negative = words[2] == 0x4000
    var whole: Int64? = words[3] == 0 ? 0 : nil
    var real = 0.0
    for place in 0..<max(words.count - 4, min(weight, 600) + 1) {
      let digit = place + 4 < words.count ? Int64(words[place + 4]) : 0
      real = real * 10_000 + Double(digit)
      if let sum = whole {
        let (times, over) = sum.multipliedReportingOverflow(by: 10_000)
        let (next, above) = times.addingReportingOverflow(negative ? -digit : digit)
        whole = over || above ? nil : next
      }
    }
    if let whole { return .integer(whole) }
    let places = max(words.count - 4, min(weight, 600) + 1) - 1 - weight
    var scaled = real
    for _ in 0..<max(places, 0) { scaled /= 10_000 }
    return .real(negative ? -scaled : scaled)
  }
}
