/// Small changes to bytes: what a slip, a broken transfer or an attacker makes of a text.
struct Mutations {
  private static let pieces: [[UInt8]] = [
    "(", ")", "[", "]", "{", "}", "'", "\"", "'''", "\\", "`", ".", "..", ":", ",", "?", "&", "*", "|", ">", "- ", "\n", "\r",
    "\t", "\u{0}", "\u{FEFF}", "\u{2028}", "é", "e\u{301}", "🐱", "!!", "!", "%", "<<: ", "? ", "# ", "---\n", "...\n", "~", "0x",
    "9223372036854775808", "-9223372036854775809", "1e999", "nan", ".inf", "null", "true", "has(", "size(", ".all(x, ",
    "timestamp('", "duration('", "matches('", "{item.", "{threshold.", "otherwise", "0.0000000001", "{a: [", "\\u", "\\x",
  ].map { Array($0.utf8) } + [[0xFF], [0xC3], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80]]

  var chance: Chance

  /// - Parameter other: What a part may be taken from.
  mutating func change(_ text: [UInt8], with other: [UInt8]) -> [UInt8] {
    var text = text
    for _ in 0..<(1 + chance.below(chance.one(in: 4) ? 24 : 4)) {
      let at = chance.below(text.count + 1)
      let length = min(chance.below(chance.one(in: 5) ? 400 : 12), text.count - at)
      switch chance.below(8) {
      case 0 where at < text.count: text[at] ^= 1 << UInt8(chance.below(8))
      case 1 where at < text.count: text[at] = UInt8(truncatingIfNeeded: chance.next())
      case 2: text.removeSubrange(at..<at + length)
      case 3: text.insert(contentsOf: Array(text[at..<at + length]), at: at)
      case 4:
        let from = chance.below(other.count + 1)
        text.insert(contentsOf: other[from..<min(other.count, from + 40)], at: at)
      case 5 where chance.one(in: 20):
        let piece = chance.pick(Self.pieces)
        text.insert(contentsOf: (0..<(1 << chance.below(9))).flatMap { _ in piece }, at: at)
      case 6:
        let to = chance.below(text.count + 1)
        let part = Array(text[at..<at + length])
        text.removeSubrange(at..<at + length)
        text.insert(contentsOf: part, at: min(to, text.count))
      default: text.insert(contentsOf: chance.pick(Self.pieces), at: at)
      }
    }
    return text
  }

  /// Whole lines left out, doubled, exchanged or set deeper: what a policy file suffers when people edit it.
  mutating func changeLines(_ text: [UInt8]) -> [UInt8] {
    var lines = text.split(separator: 0x0A, omittingEmptySubsequences: false).map(Array.init)
    for _ in 0..<(1 + chance.below(3)) where lines.count > 1 {
      let at = chance.below(lines.count), other = chance.below(lines.count)
      switch chance.below(5) {
      case 0: lines.remove(at: at)
      case 1: lines.insert(lines[at], at: other)
      case 2: lines.swapAt(at, other)
      case 3: lines[at] = Array("  ".utf8) + lines[at]
      default:
        guard let colon = lines[at].firstIndex(of: UInt8(ascii: ":")) else { continue }
        lines[at] = lines[at][...colon] + [0x20] + chance.pick(Self.pieces)
      }
    }
    return Array(lines.joined(separator: [0x0A]))
  }
}
