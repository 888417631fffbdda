import Crypto
import FoundationEssentials

/// What a log says of itself at one moment: its name, its size, its root (C2SP tlog-checkpoint).
public struct Checkpoint: Sendable, Equatable {
  public let origin: String
  public let size: UInt64
  public let root: TreeHash

  public init(origin: String, size: UInt64, root: TreeHash) {
    self.origin = origin
    self.size = size
    self.root = root
  }

  /// The text that is signed: three lines.
  public var body: String { "\(origin)\n\(size)\n\(Data(root.bytes).base64EncodedString())\n" }

  init?(body: Substring) {
    let lines = body.split(separator: "\n", omittingEmptySubsequences: false)
    guard lines.count == 4, lines[3].isEmpty, !lines[0].isEmpty, let size = UInt64(lines[1]), "\(size)" == lines[1],
      let data = Data(base64Encoded: String(lines[2])), let root = TreeHash(data)
    else { return nil }
    self.init(origin: String(lines[0]), size: size, root: root)
    guard self.body == body else { return nil }
  }
}

/// Why a note does not count.
public enum NoteError: Error, Sendable, Equatable {
  case malformed
  /// None of its signatures is by this key.
  case unsigned
  case badSignature
  /// No key of 32 bytes.
  case badKey
}

/// Signs checkpoints as notes (C2SP signed-note) with Ed25519.
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

  public var verifier: NoteVerifier { NoteVerifier(name: name, key: key.publicKey) }

  public func sign(_ checkpoint: Checkpoint) throws(NoteError) -> String {
    guard let signature = try? key.signature(for: Data(checkpoint.body.utf8)) else { throw .badKey }
    let blob = Data(verifier.keyID) + signature
    return "\(checkpoint.body)\n\u{2014} \(name) \(blob.base64EncodedString())\n"
  }
}

/// Checks notes of one signer.
public struct NoteVerifier: Sendable {
  public let name: String
  private let key: Curve25519.Signing.PublicKey

  init(name: String, key: Curve25519.Signing.PublicKey) {
    self.name = name
    self.key = key
  }

  /// Reads a verifier key: `NAME+8 HEX DIGITS+BASE64` (C2SP signed-note).
  public init(_ text: String) throws(NoteError) {
    let parts = text.split(separator: "+", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3, isKeyName(String(parts[0])), let data = Data(base64Encoded: String(parts[2])), data.count == 33,
      data.first == 1, let key = try? Curve25519.Signing.PublicKey(rawRepresentation: data.dropFirst())
    else { throw .badKey }
    self.init(name: String(parts[0]), key: key)
    guard self.text == text else { throw .badKey }
  }

  public var text: String {
    let id = keyID.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    return "\(name)+\(id)+\((Data([1]) + key.rawRepresentation).base64EncodedString())"
  }

  /// The first four bytes of SHA-256 of name, line feed, algorithm and key.
  var keyID: [UInt8] {
    Array(SHA256.hash(data: Data(name.utf8) + Data([0x0A, 1]) + key.rawRepresentation).prefix(4))
  }

  /// The checkpoint of a note that this signer has signed; signatures of others are left alone.
  public func open(_ note: String) throws(NoteError) -> Checkpoint {
    guard note.utf8.count <= 64 * 1_024, let cut = note.firstRange(of: "\n\n"), note.hasSuffix("\n"),
      let checkpoint = Checkpoint(body: note[..<note.index(after: cut.lowerBound)])
    else { throw .malformed }
    for line in note[cut.upperBound...].split(separator: "\n") {
      let parts = line.split(separator: " ", omittingEmptySubsequences: false)
      guard parts.count == 3, parts[0] == "\u{2014}", let blob = Data(base64Encoded: String(parts[2])), blob.count > 4 else {
        throw .malformed
      }
      guard parts[1] == name, blob.prefix(4).elementsEqual(keyID) else { continue }
      guard key.isValidSignature(blob.dropFirst(4), for: Data(checkpoint.body.utf8)) else { throw .badSignature }
      return checkpoint
    }
    throw .unsigned
  }
}

private func isKeyName(_ name: String) -> Bool {
  !name.isEmpty && name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "+") }
}
