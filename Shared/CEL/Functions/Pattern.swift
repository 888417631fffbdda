import CRE2

/// A compiled regular expression in RE2's syntax. Matching takes time linear in the text; RE2 bounds its memory.
///
/// `@unchecked`: RE2 objects may be used by several threads at once (re2.h, "thread-safe").
final class Pattern: @unchecked Sendable {
  private let handle: OpaquePointer

  /// Units of work to compile a pattern beside its length.
  static let compilationCost = 1_000

  /// An invalid argument if it is malformed, too large for RE2 or longer than `limit` bytes.
  init(_ source: String, limit: Int = CELLimits.default.patternSize) throws(Fault) {
    guard source.utf8.count <= limit else {
      throw Fault(.invalidArgument("the regular expression is longer than \(limit) bytes"))
    }
    var message = [CChar](repeating: 0, count: 200)
    var source = source
    let made = source.withUTF8 { utf8 in
      utf8.withMemoryRebound(to: CChar.self) { text in
        guard let start = text.baseAddress else { return cre2_compile("", 0, &message, message.count) }
        return cre2_compile(start, text.count, &message, message.count)
      }
    }
    guard let made else {
      let reason = String(decoding: message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      throw Fault(.invalidArgument("the regular expression is invalid: \(reason)"))
    }
    handle = made
  }

  deinit { cre2_free(handle) }

  /// Whether it matches anywhere in the text.
  func matches(_ text: String, _ budget: inout Budget) throws(Fault) -> Bool {
    try budget.charge(4 + text.utf8.count >> 2)
    var text = text
    return text.withUTF8 { utf8 in
      utf8.withMemoryRebound(to: CChar.self) { text in
        guard let start = text.baseAddress else { return cre2_search(handle, "", 0) }
        return cre2_search(handle, start, text.count)
      }
    }
  }
}
