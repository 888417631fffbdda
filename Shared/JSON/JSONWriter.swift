/// Writes JSON text into one growing buffer.
///
/// For hot paths: members are written in the order of the calls and commas set by the writer. Write members in
/// canonical order where the bytes are hashed.
public struct JSONWriter: ~Copyable {
  public private(set) var bytes: [UInt8]
  private var needsComma = false

  public init(reserving capacity: Int = 512) {
    bytes = []
    bytes.reserveCapacity(capacity)
  }

  public consuming func finish() -> [UInt8] { bytes }

  private mutating func separate() {
    if needsComma { bytes.append(UInt8(ascii: ",")) }
    needsComma = true
  }

  public mutating func object(_ body: (inout JSONWriter) -> Void) {
    separate()
    bytes.append(UInt8(ascii: "{"))
    needsComma = false
    body(&self)
    bytes.append(UInt8(ascii: "}"))
    needsComma = true
  }

  public mutating func array(_ body: (inout JSONWriter) -> Void) {
    separate()
    bytes.append(UInt8(ascii: "["))
    needsComma = false
    body(&self)
    bytes.append(UInt8(ascii: "]"))
    needsComma = true
  }

  /// Starts a member; the next call writes its value.
  public mutating func key(_ name: String) {
    separate()
    text(name)
    bytes.append(UInt8(ascii: ":"))
    needsComma = false
  }

  public mutating func string(_ value: String) { separate(); text(value) }
  public mutating func integer(_ value: Int64) { separate(); bytes.append(contentsOf: String(value).utf8) }
  public mutating func bool(_ value: Bool) { separate(); bytes.append(contentsOf: (value ? "true" : "false").utf8) }
  public mutating func null() { separate(); bytes.append(contentsOf: "null".utf8) }

  /// A number in the form of RFC 8785, section 3.2.2.3 (ECMAScript). NaN and infinities, which JSON lacks, become null.
  public mutating func number(_ value: Double) { separate(); bytes.append(contentsOf: canonicalNumber(value).utf8) }

  /// Text that is one JSON value already; it is not checked.
  public mutating func raw(_ json: some Collection<UInt8>) { separate(); bytes.append(contentsOf: json) }

  public mutating func value(_ value: JSON) {
    switch value {
    case .null: null()
    case .bool(let value): bool(value)
    case .integer(let value): integer(value)
    case .number(let value): number(value)
    case .string(let value): string(value)
    case .array(let elements): array { writer in for element in elements { writer.value(element) } }
    case .object(let object):
      self.object { writer in
        for member in object.members { writer.key(member.key); writer.value(member.value) }
      }
    }
  }

  private mutating func text(_ value: String) {
    bytes.append(UInt8(ascii: "\""))
    var value = value
    value.withUTF8 { utf8 in
      var start = 0
      for index in utf8.indices where utf8[index] < 0x20 || utf8[index] == 0x22 || utf8[index] == 0x5C {
        bytes.append(contentsOf: utf8[start..<index])
        start = index + 1
        escape(utf8[index])
      }
      bytes.append(contentsOf: utf8[start...])
    }
    bytes.append(UInt8(ascii: "\""))
  }

  private mutating func escape(_ byte: UInt8) {
    bytes.append(UInt8(ascii: "\\"))
    switch byte {
    case 0x08: bytes.append(UInt8(ascii: "b"))
    case 0x09: bytes.append(UInt8(ascii: "t"))
    case 0x0A: bytes.append(UInt8(ascii: "n"))
    case 0x0C: bytes.append(UInt8(ascii: "f"))
    case 0x0D: bytes.append(UInt8(ascii: "r"))
    case 0x22, 0x5C: bytes.append(byte)
    default:
      let hex = Array("0123456789abcdef".utf8)
      bytes.append(contentsOf: [
        UInt8(ascii: "u"), UInt8(ascii: "0"), UInt8(ascii: "0"), hex[Int(byte >> 4)], hex[Int(byte & 15)],
      ])
    }
  }
}

extension JSONWriter {
  public mutating func member(_ name: String, _ value: String) { key(name); string(value) }
  public mutating func member(_ name: String, _ value: Int64) { key(name); integer(value) }
  public mutating func member(_ name: String, _ value: Int) { key(name); integer(Int64(value)) }
  public mutating func member(_ name: String, _ value: Double) { key(name); number(value) }
  public mutating func member(_ name: String, _ value: Bool) { key(name); bool(value) }
  public mutating func member(_ name: String, _ value: JSON) { key(name); self.value(value) }
  /// Leaves the member out where there is no value.
  public mutating func member(_ name: String, _ value: String?) { if let value { member(name, value) } }
  public mutating func member(_ name: String, _ value: Int64?) { if let value { member(name, value) } }
  public mutating func member(_ name: String, _ value: Double?) { if let value { member(name, value) } }
}

extension JSON {
  /// The form of RFC 8785 (JSON Canonicalization Scheme): equal values give equal bytes.
  public var canonical: [UInt8] {
    var writer = JSONWriter()
    writer.value(self)
    return writer.finish()
  }

  public var text: String { String(decoding: canonical, as: UTF8.self) }
}
