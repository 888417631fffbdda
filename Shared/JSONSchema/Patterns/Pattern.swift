import CRE2

/// A regular expression of ECMA-262 that runs on RE2, so in time linear in the text.
///
/// Sendable: RE2 patterns are immutable and may be searched from any thread.
final class Pattern: @unchecked Sendable {
  let source: String
  private let handle: OpaquePointer

  /// Takes a pattern in ECMA-262's Unicode mode. Throws for what it, or RE2, does not allow.
  init(_ source: String) throws(PatternError) {
    var translator = PatternTranslator(source)
    var translated = try translator.translate()
    var message = [CChar](repeating: 0, count: 160)
    let made = translated.withUTF8 { cre2_compile(Self.characters($0), $0.count, &message, message.count) }
    guard let made else {
      let text = String(decoding: message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      throw PatternError(reason: "RE2 says: \(text)")
    }
    handle = made
    self.source = source
  }

  deinit { cre2_free(handle) }

  /// Whether the pattern matches anywhere in the text.
  func matches(_ text: String) -> Bool {
    var text = text
    return text.withUTF8 { cre2_search(handle, Self.characters($0), $0.count) }
  }

  /// The address of a text for C; an empty one need not have its own.
  private static func characters(_ text: UnsafeBufferPointer<UInt8>) -> UnsafePointer<CChar> {
    UnsafeRawPointer(text.baseAddress ?? StaticString("").utf8Start).assumingMemoryBound(to: CChar.self)
  }
}

struct PatternError: Error {
  let reason: String
}
