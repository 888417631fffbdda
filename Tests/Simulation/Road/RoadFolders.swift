import Crypto
import Foundation
import JSON
import Permits
import Wire

/// What the five services of a road are made with: workflows as they are shipped, and keys that everyone knows.
enum RoadParts {
  static let deploy = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
    .appending(path: "../../../deploy").standardizedFileURL
  static let workflows = ["workflows/ticket-summary", "benchmarks/workflows/bench"].map { deploy.appending(path: $0) }

  static let tokenKey = [UInt8](repeating: 9, count: 32)
  static let vaultKey = [UInt8](repeating: 8, count: 32)
  static let policy = Result { try SigningKey(seed: [UInt8](repeating: 2, count: 32)) }
  static let reviewer = Result { try SigningKey(seed: [UInt8](repeating: 3, count: 32)) }
  static let executor = Result { try Curve25519.Signing.PrivateKey(rawRepresentation: [UInt8](repeating: 4, count: 32)) }
  static let executorName = "demo-executor"

  /// The executor's key under its name, as `sources.yaml` registers it.
  static func executorKeys() throws -> KeySet {
    let x = String(decoding: base64url(Array(try executor.get().publicKey.rawRepresentation)), as: UTF8.self)
    return try KeySet(jwks: ["keys": [["kty": "OKP", "crv": "Ed25519", "x": .string(x), "kid": .string(executorName)]]])
  }

  /// The shipped samples that fit their schemas, as envelopes.
  static let tickets = Result { try samples(of: "workflows/ticket-summary/samples") }
  static let orders = Result { try samples(of: "benchmarks/workflows/bench/samples") }

  private static func samples(of path: String) throws -> [JSON] {
    let folder = deploy.appending(path: path)
    return try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted().compactMap { name in
      let sample = try? JSON.parse([UInt8](Data(contentsOf: folder.appending(path: name))))
      return sample?["data"]?.object == nil ? nil : sample
    }
  }
}
