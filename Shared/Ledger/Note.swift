/// Why a note does not count.
public enum NoteError: Error, Sendable, Equatable, CustomStringConvertible {
  case malformed
  /// None of its signatures is by this key.
  case unsigned
  case badSignature
  /// No key of 32 bytes.
  case badKey
  /// Signed by a key that another one had followed at this size.
  case keyEnded(at: UInt64)

  public var description: String {
    switch self {
    case .malformed: "it is no signed note"
    case .unsigned: "none of its signatures is by a key that counts"
    case .badSignature: "its signature does not fit"
    case .badKey: "this is no key"
    case .keyEnded(let size): "it is signed by a key that ended at \(size) leaves: another one had followed it there"
    }
  }
}

/// A text and who has signed it (C2SP signed-note).
public struct Note: Sendable, Equatable {
  public struct Signature: Sendable, Equatable {
    public let name: String
    /// The first four bytes: which key of that name.
    public let keyID: [UInt8]
    public let bytes: [UInt8]

    public init(name: String, keyID: [UInt8], bytes: [UInt8]) {
      self.name = name
      self.keyID = keyID
      self.bytes = bytes
    }

    /// With its line feed.
    public var line: String { "\u{2014} \(name) \(Base64.text(keyID + bytes))\n" }

    /// Reads a line without its line feed.
    public init(_ line: some StringProtocol) throws(NoteError) {
      let parts = line.split(separator: " ", omittingEmptySubsequences: false)
      guard parts.count == 3, parts[0] == "\u{2014}", isKeyName(String(parts[1])), let blob = Base64.bytes(parts[2]), blob.count > 4
      else { throw .malformed }
      self.init(name: String(parts[1]), keyID: Array(blob.prefix(4)), bytes: Array(blob.dropFirst(4)))
    }
  }
  static let limit = 64 * 1_024

  /// What is signed, with its last line feed.
  public let body: String
  public var signatures: [Signature]

  public init(body: String, signatures: [Signature]) {
    self.body = body
    self.signatures = signatures
  }

  public init(_ text: String) throws(NoteError) {
    // The last empty line ends the body: signatures hold none.
    guard text.utf8.count <= Self.limit, text.hasSuffix("\n"), let cut = text.ranges(of: "\n\n").last else { throw .malformed }
    body = String(text[..<text.index(after: cut.lowerBound)])
    signatures = []
    for line in text[cut.upperBound...].split(separator: "\n") { signatures.append(try Signature(line)) }
    guard !signatures.isEmpty, self.text.utf8.elementsEqual(text.utf8) else { throw .malformed }
  }

  public var text: String { "\(body)\n" + signatures.map(\.line).joined() }
}

func isKeyName(_ name: String) -> Bool {
  !name.isEmpty && name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "+") }
}
