import Foundation
import Permits
import Storage
import Wire
import Workflows

@testable import countersign_policy

/// What `countersign init` does, for tests that need an installation and not its beginning.
enum Founding {
  static func key(_ byte: UInt8 = 7) throws -> SigningKey { try SigningKey(seed: [UInt8](repeating: byte, count: 32)) }

  static func genesis(_ folders: [URL], key byte: UInt8 = 7) throws -> Genesis {
    try Genesis.found(
      folders.map { try WorkflowFolder($0) },
      by: [Genesis.Founder(id: "P-mia", name: "Mia Kowalski"), Genesis.Founder(id: "P-ivo", name: "Ivo Marek")],
      at: Instant(microseconds: 1_795_500_000_000_000), key: key(byte))
  }
}

extension Shelf {
  /// A first start with these folders, signed as they are.
  static func open(_ store: any Store, folders: [URL], now: Instant) throws -> Shelf {
    try open(
      store, folders: folders, genesis: .success(Founding.genesis(folders)), operators: KeySet([Founding.key().verification]),
      now: now)
  }
}
