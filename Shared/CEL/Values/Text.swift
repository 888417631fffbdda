import Glibc

extension String {
  /// Swift's `==` holds composed and decomposed characters equal; CEL compares code points ("String and Bytes Values").
  func sameCodePoints(_ other: String) -> Bool {
    utf8.count == other.utf8.count && order(other) == 0
  }

  /// Negative, zero or positive as this text sorts before, with or after the other by code points.
  func order(_ other: String) -> Int {
    let fast = utf8.withContiguousStorageIfAvailable { a in
      other.utf8.withContiguousStorageIfAvailable { b in byteOrder(a, b) }
    }
    if let fast, let fast { return fast }
    return byteOrder(Array(utf8), Array(other.utf8))
  }
}

/// Negative, zero or positive as `a` sorts before, with or after `b`.
func byteOrder(_ a: [UInt8], _ b: [UInt8]) -> Int {
  a.withUnsafeBufferPointer { a in b.withUnsafeBufferPointer { b in byteOrder(a, b) } }
}

private func byteOrder(_ a: UnsafeBufferPointer<UInt8>, _ b: UnsafeBufferPointer<UInt8>) -> Int {
  let shared = min(a.count, b.count)
  if shared > 0, let x = a.baseAddress, let y = b.baseAddress {
    let difference = memcmp(x, y, shared)
    if difference != 0 { return Int(difference) }
  }
  return a.count - b.count
}

/// The first place in `text` from `start` on where `part` begins, by bytes, or nil. An empty part is found at once.
/// Takes time proportional to the product of the sizes at worst.
func position(of part: [UInt8], in text: [UInt8], from start: Int = 0) -> Int? {
  guard start >= 0, start <= text.count else { return nil }
  if part.isEmpty { return start }
  return text.withUnsafeBufferPointer { text in
    part.withUnsafeBufferPointer { part in
      guard let base = text.baseAddress, let wanted = part.baseAddress else { return nil }
      var at = start
      while at + part.count <= text.count {
        let starts = text.count - part.count - at + 1
        guard let found = memchr(base + at, CInt(wanted[0]), starts) else { return nil }
        at = UnsafeRawPointer(found) - UnsafeRawPointer(base)
        if memcmp(base + at, wanted, part.count) == 0 { return at }
        at += 1
      }
      return nil
    }
  }
}

/// The beginning of a text for a message, in quotes.
func excerpt(_ text: String) -> String {
  let most = 40
  let start = text.unicodeScalars.prefix(most)
  return quoted(String(start)) + (start.endIndex < text.endIndex ? "…" : "")
}

/// The text as a CEL literal in double quotes, as `strings.quote` writes it.
func quoted(_ text: String) -> String {
  var out = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\u{7}": out += "\\a"
    case "\u{8}": out += "\\b"
    case "\u{C}": out += "\\f"
    case "\n": out += "\\n"
    case "\r": out += "\\r"
    case "\t": out += "\\t"
    case "\u{B}": out += "\\v"
    case "\\": out += "\\\\"
    case "\"": out += "\\\""
    default: out.unicodeScalars.append(scalar)
    }
  }
  return out + "\""
}
