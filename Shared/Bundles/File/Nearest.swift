/// The candidate that a typing error most likely meant, if one is near.
func nearest(_ word: String, among candidates: [String]) -> String? {
  guard word.utf8.count <= 64 else { return nil }
  let ranked = candidates.filter { $0.utf8.count <= 64 }.map { (distance(Array(word.utf8), Array($0.utf8)), $0) }
  guard let best = ranked.min(by: { $0.0 < $1.0 }), best.0 <= max(1, word.utf8.count / 3), best.0 < word.utf8.count else { return nil }
  return best.1
}

/// Optimal string alignment: insertions, deletions, replacements and swaps of neighbours.
private func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
  var beforeLast: [Int] = [], last = Array(0...b.count)
  for i in a.indices {
    var row = [i + 1]
    for j in b.indices {
      var least = min(row[j] + 1, last[j + 1] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
      if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { least = min(least, beforeLast[j - 1] + 1) }
      row.append(least)
    }
    (beforeLast, last) = (last, row)
  }
  return last[b.count]
}

extension Unicode.Scalar {
  /// Control characters other than tab and line feed, and those that hide or reorder text.
  var isHidden: Bool {
    switch value {
    case 0x09, 0x0A: false
    case 0..<0x20, 0x7F..<0xA0, 0xAD, 0x61C, 0x180E, 0x200B...0x200F, 0x2028...0x202E, 0x2060...0x206F, 0xFEFF,
      0xE0000...0xE007F:
      true
    default: false
    }
  }
}
