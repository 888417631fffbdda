import Crypto
import FoundationEssentials

/// A public key by name: `NAME+8 HEX DIGITS+BASE64` (C2SP signed-note, "vkey").
struct NamedKey: Sendable {
  /// What a signature by the key says of a note.
  enum Kind: UInt8, Sendable {
    case note = 1
    case cosignature = 4
  }
  let name: String
  let kind: Kind
  let key: Curve25519.Signing.PublicKey

  init(name: String, kind: Kind, key: Curve25519.Signing.PublicKey) {
    self.name = name
    self.kind = kind
    self.key = key
  }

  init(_ text: String, kind: Kind) throws(NoteError) {
    let parts = text.split(separator: "+", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3, isKeyName(String(parts[0])), let data = Base64.bytes(parts[2]), data.count == 33,
      data[0] == kind.rawValue, let key = try? Curve25519.Signing.PublicKey(rawRepresentation: data.dropFirst())
    else { throw .badKey }
    self.init(name: String(parts[0]), kind: kind, key: key)
    guard self.text.utf8.elementsEqual(text.utf8) else { throw .badKey }
  }

  var text: String {
    let digits = id.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    return "\(name)+\(digits)+\(Base64.text([kind.rawValue] + key.rawRepresentation))"
  }

  /// The first four bytes of SHA-256 of name, line feed, kind and key.
  var id: [UInt8] {
    Array(SHA256.hash(data: Data(name.utf8) + Data([0x0A, kind.rawValue]) + key.rawRepresentation).prefix(4))
  }
}

/// Signs notes with Ed25519: checkpoints and what else a log states.
public struct NoteSigner: Sendable {
  public let name: String
  private let key: Curve25519.Signing.PrivateKey

  /// - Parameters:
  ///   - name: the log's name, without white space and plus signs.
  ///   - seed: the 32 bytes of an Ed25519 private key (RFC 8032).
  public init(name: String, seed: some Collection<UInt8>) throws(NoteError) {
    guard isKeyName(name), seed.count == 32, let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: Data(seed)) else {
      throw .badKey
    }
    self.name = name
    self.key = key
  }

  public var verifier: NoteVerifier { NoteVerifier(NamedKey(name: name, kind: .note, key: key.publicKey)) }

  public func sign(_ checkpoint: Checkpoint) throws(NoteError) -> String {
    Note(body: checkpoint.body, signatures: [try signature(of: checkpoint.body)]).text
  }

  /// A signature of any text. Each kind of text must have a form that no other kind has.
  public func signature(of body: String) throws(NoteError) -> Note.Signature {
    guard let signature = try? key.signature(for: Data(body.utf8)) else { throw .badKey }
    return Note.Signature(name: name, keyID: verifier.keyID, bytes: Array(signature))
  }
}

/// Checks notes of one signer.
public struct NoteVerifier: Sendable, Equatable {
  let named: NamedKey

  init(_ named: NamedKey) { self.named = named }

  /// Reads a verifier key (C2SP signed-note, type 1).
  public init(_ text: String) throws(NoteError) { named = try NamedKey(text, kind: .note) }

  public var name: String { named.name }
  public var text: String { named.text }
  var keyID: [UInt8] { named.id }

  public static func == (a: NoteVerifier, b: NoteVerifier) -> Bool { a.text.utf8.elementsEqual(b.text.utf8) }

  /// The checkpoint of a note that this signer has signed; signatures of others are left alone.
  public func open(_ note: String) throws(NoteError) -> Checkpoint {
    let note = try Note(note)
    guard let checkpoint = Checkpoint(body: note.body[...]) else { throw .malformed }
    try check(note)
    return checkpoint
  }

  /// - Throws: `unsigned` where this signer has not signed it, `badSignature` where somebody says so falsely.
  public func check(_ note: Note) throws(NoteError) {
    let own = note.signatures.filter { $0.name == name && $0.keyID == keyID }
    guard !own.isEmpty else { throw .unsigned }
    for signature in own {
      guard named.key.isValidSignature(signature.bytes, for: Data(note.body.utf8)) else { throw .badSignature }
    }
  }
}
