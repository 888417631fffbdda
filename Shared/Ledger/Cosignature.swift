import Crypto
import FoundationEssentials

/// Signs as a witness: that a checkpoint is the largest it has seen of a log, and goes on from all before (C2SP tlog-cosignature,
/// `cosignature/v1`, Ed25519).
public struct Cosigner: Sendable {
  public let name: String
  private let key: Curve25519.Signing.PrivateKey

  public init(name: String, seed: some Collection<UInt8>) throws(NoteError) {
    guard isKeyName(name), seed.count == 32, let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: Data(seed)) else {
      throw .badKey
    }
    self.name = name
    self.key = key
  }

  public var verifier: CosignatureVerifier { CosignatureVerifier(NamedKey(name: name, kind: .cosignature, key: key.publicKey)) }

  /// - Parameter time: seconds since 1970 UTC.
  public func sign(_ checkpoint: Checkpoint, at time: UInt64) throws(NoteError) -> Note.Signature {
    guard time < 1 << 63, let signature = try? key.signature(for: cosigned(checkpoint.body, time)) else { throw .badKey }
    let stamp = withUnsafeBytes(of: time.bigEndian) { Array($0) }
    return Note.Signature(name: name, keyID: verifier.named.id, bytes: stamp + signature)
  }
}

/// Checks cosignatures of one witness.
public struct CosignatureVerifier: Sendable, Equatable {
  let named: NamedKey

  init(_ named: NamedKey) { self.named = named }

  /// Reads a verifier key of type 4.
  public init(_ text: String) throws(NoteError) { named = try NamedKey(text, kind: .cosignature) }

  public var name: String { named.name }
  public var text: String { named.text }

  public static func == (a: CosignatureVerifier, b: CosignatureVerifier) -> Bool { a.text.utf8.elementsEqual(b.text.utf8) }

  /// Whether it is the same key, perhaps under another name.
  func isSameKey(as other: CosignatureVerifier) -> Bool { named.key.rawRepresentation == other.named.key.rawRepresentation }

  public func isFrom(_ signature: Note.Signature) -> Bool { signature.name == name && signature.keyID == named.id }

  /// When this witness has cosigned the note, seconds since 1970 UTC.
  ///
  /// - Throws: `unsigned` where it has not, `badSignature` where somebody says so falsely.
  public func time(_ note: Note) throws(NoteError) -> UInt64 {
    var latest: UInt64?
    for signature in note.signatures where isFrom(signature) {
      guard signature.bytes.count == 72 else { throw .badSignature }
      let time = signature.bytes.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      guard time < 1 << 63, named.key.isValidSignature(signature.bytes.dropFirst(8), for: cosigned(note.body, time)) else {
        throw .badSignature
      }
      latest = max(latest ?? 0, time)
    }
    guard let latest else { throw .unsigned }
    return latest
  }
}

private func cosigned(_ body: String, _ time: UInt64) -> Data { Data("cosignature/v1\ntime \(time)\n\(body)".utf8) }
