import Crypto
import JSON

extension EmbeddedModel {
  /// The first 16 hex digits of SHA-256 over the canonical forms (RFC 8785), one a line.
  static func digest(_ parts: [JSON]...) -> String {
    var hash = SHA256()
    for part in parts {
      for json in part { hash.update(data: json.canonical + [0x0A]) }
      hash.update(data: [0x0A])
    }
    let digits = Array("0123456789abcdef".utf8)
    return String(
      decoding: hash.finalize().prefix(8).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }
}
