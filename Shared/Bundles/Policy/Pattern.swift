import CRE2

/// A compiled RE2 pattern: matching takes time linear in the text.
final class Pattern: @unchecked Sendable {
  // RE2 objects may be used by several threads at once once they are made.
  private let handle: OpaquePointer

  struct Invalid: Error {
    var reason: String
  }

  init(_ source: String) throws(Invalid) {
    var message = [CChar](repeating: 0, count: 200)
    var source = source
    let made = source.withUTF8 { bytes in
      bytes.withMemoryRebound(to: CChar.self) { text in
        text.baseAddress.flatMap { cre2_compile($0, text.count, &message, message.count) }
      }
    }
    guard let made else {
      let text = message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
      throw Invalid(reason: String(decoding: text, as: UTF8.self))
    }
    handle = made
  }

  deinit { cre2_free(handle) }

  func isFound(in text: [UInt8]) -> Bool {
    text.withUnsafeBytes { bytes in
      let characters = bytes.assumingMemoryBound(to: CChar.self)
      guard let start = characters.baseAddress else { return cre2_search(handle, "", 0) }
      return cre2_search(handle, start, characters.count)
    }
  }
}
