/// One record as the ledger commits to it: where it stood, its key and headers, and a salted hash of its body. At most
/// 2,048 bytes. The body lies elsewhere and may be erased; with it goes the salt, so that nobody can guess what was there.
///
/// The canonical bytes, all numbers little-endian:
///
///     u8 version (1) | u8 kind | u16 topic length, topic | u32 partition | u64 offset | 32 bytes content hash
///     | kind 1: u32 key length (0xFFFFFFFF: none), key | u16 header count, each: u16 name length, name,
///       u32 value length (0xFFFFFFFF: none), value
///
/// Key and headers are laid out as in a frame on the road, so that they are copied as they are. In kind 1 the content is
/// the body. A record whose headers take more room is of kind 2: the content is the whole frame, and nothing follows
/// the hash.
public struct Leaf: Sendable, Equatable {
  public static let limit = 2_048

  public enum Kind: UInt8, Sendable {
    case body = 1
    case whole = 2
  }

  public struct Header: Sendable, Equatable {
    public let name: ArraySlice<UInt8>
    public let value: ArraySlice<UInt8>?

  }

  public let kind: Kind
  public let topic: String
  public let partition: UInt32
  public let offset: UInt64
  public let content: TreeHash
  /// Nil where the record has none, and in kind `whole`.
  public let key: ArraySlice<UInt8>?
  /// Empty in kind `whole`.
  public let headers: [Header]
  /// The headers as they stand in the leaf, their count before them; empty in kind `whole`.
  public let headerSection: ArraySlice<UInt8>
  /// Its hash in the tree.
  public let hash: TreeHash

  /// The hash by which a leaf knows its content: SHA-256 of a salt of 16 bytes and the content. No content (a tombstone)
  /// counts as an empty one, told apart by the last byte.
  public static func contentHash(salt: UnsafeRawBufferPointer, _ content: UnsafeRawBufferPointer?) -> TreeHash {
    let isThere: UInt8 = content == nil ? 0 : 1
    return withUnsafeBytes(of: isThere) { TreeHash.of(salt, content ?? UnsafeRawBufferPointer(start: nil, count: 0), $0) }
  }
}

extension Leaf {
  /// Appends the canonical bytes of a leaf.
  ///
  /// - Parameters:
  ///   - key: the key with its length before it, as the layout above says.
  ///   - headers: the headers with their count before them; like `key`, left out of kind `whole`.
  /// - Returns: false, and nothing is appended, where the leaf would be larger than the limit.
  public static func write(
    _ kind: Kind, topic: String, partition: UInt32, offset: UInt64, content: TreeHash, key: ArraySlice<UInt8>,
    headers: ArraySlice<UInt8>, to bytes: inout [UInt8]
  ) -> Bool {
    let size = 48 + topic.utf8.count + (kind == .body ? key.count + headers.count : 0)
    guard size <= limit else { return false }
    bytes.append(1)
    bytes.append(kind.rawValue)
    bytes.append(littleEndian: UInt16(truncatingIfNeeded: topic.utf8.count))
    bytes.append(contentsOf: topic.utf8)
    bytes.append(littleEndian: partition)
    bytes.append(littleEndian: offset)
    content.withUnsafeBytes { bytes.append(contentsOf: $0) }
    if kind == .body {
      bytes.append(contentsOf: key)
      bytes.append(contentsOf: headers)
    }
    return true
  }

  /// - Returns: nil for anything but the canonical bytes of one leaf.
  public init?(_ bytes: ArraySlice<UInt8>) {
    var reader = ByteReader(bytes)
    guard bytes.count <= Self.limit, reader.byte() == 1, let kind = reader.byte().flatMap(Kind.init),
      let topicLength = reader.number(UInt16.self), let topic = reader.take(Int(topicLength)),
      let name = String(validating: topic, as: UTF8.self), let partition = reader.number(UInt32.self),
      let offset = reader.number(UInt64.self), let content = reader.take(TreeHash.size).flatMap({ TreeHash($0) })
    else { return nil }
    var key: ArraySlice<UInt8>?
    var headers: [Header] = []
    var section: ArraySlice<UInt8> = []
    if kind == .body {
      guard let found = reader.field() else { return nil }
      key = found.value
      section = reader.rest
      guard let all = Self.headers(section) else { return nil }
      headers = all
    } else {
      guard reader.isAtEnd else { return nil }
    }
    self.kind = kind
    self.topic = name
    self.partition = partition
    self.offset = offset
    self.content = content
    self.key = key
    self.headers = headers
    headerSection = section
    hash = bytes.withUnsafeBytes { leafHash($0) }
  }

  /// Headers as they stand in a leaf or a frame, their count before them; nil for anything else, or more.
  public static func headers(_ section: ArraySlice<UInt8>) -> [Header]? {
    var reader = ByteReader(section)
    guard let count = reader.number(UInt16.self) else { return nil }
    var headers: [Header] = []
    for _ in 0..<count {
      guard let length = reader.number(UInt16.self), let name = reader.take(Int(length)), let value = reader.field() else { return nil }
      headers.append(Header(name: name, value: value.value))
    }
    return reader.isAtEnd ? headers : nil
  }

  /// The value of the first header of that name; nil where there is none or it has no value.
  public func header(_ name: StaticString) -> ArraySlice<UInt8>? {
    let wanted = UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
    return headers.first { $0.name.count == wanted.count && $0.name.elementsEqual(wanted) }?.value
  }

  /// Invalid UTF-8 is replaced, as `String(decoding:)` does.
  public func text(_ name: StaticString) -> String? { header(name).map { String(decoding: $0, as: UTF8.self) } }

  public func integer(_ name: StaticString) -> Int64? { text(name).flatMap { Int64($0) } }
}
