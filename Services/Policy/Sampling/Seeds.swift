import Crypto
import FoundationEssentials
import Lanes
import Synchronization
import Wire

/// The epochs of draws and their seeds, all from one key that stays in a file.
///
/// A seed is HMAC-SHA-256 under that key over `countersign.sampling`, the epoch and the lane's place, each followed by a line
/// feed: every instance, and every one after a restore, finds the same, and none lies anywhere before it is disclosed.
final class Seeds: Sendable {
  /// How long an epoch lasts: a day, or less where somebody wants to see one end.
  let seconds: Int64
  private let key: [UInt8]
  private let known = Mutex<[String: Seed]>([:])

  struct Seed: Sendable {
    let bytes: [UInt8]
    /// SHA-256 in hex.
    let commitment: String
  }

  /// - Parameter seconds: 1 to 86,400.
  init(key: [UInt8], seconds: Int64 = 86_400) {
    self.key = key
    self.seconds = seconds
  }

  func seed(of epoch: String, _ place: String) -> Seed {
    let name = "\(epoch)\n\(place)"
    return known.withLock { known in
      if let seed = known[name] { return seed }
      let code = HMAC<SHA256>.authenticationCode(
        for: Array("countersign.sampling\n\(name)\n".utf8), using: SymmetricKey(data: key))
      let bytes = Array(code)
      let seed = Seed(bytes: bytes, commitment: hex(sha256(bytes)))
      if known.count >= 256 { known.removeAll() }
      known[name] = seed
      return seed
    }
  }

  /// The beginning of the epoch that `now` lies in.
  func begin(at now: Instant) -> Instant {
    let length = seconds * 1_000_000
    let number = now.microseconds >= 0 ? now.microseconds / length : (now.microseconds - length + 1) / length
    return Instant(microseconds: number * length)
  }

  /// `2026-11-24` where an epoch is a day, else `2026-11-24T08:00:10Z`.
  func name(_ begins: Instant) -> String {
    seconds == 86_400 ? String(begins.description.prefix(10)) : "\(begins.description.prefix(19))Z"
  }
}
