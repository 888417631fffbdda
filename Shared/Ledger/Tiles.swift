/// A tile of the tree as C2SP's tlog-tiles serves it: 256 hashes of one level, the last of a level perhaps fewer.
public struct TilePath: Sendable, Equatable {
  public static let width = 256

  public enum Kind: Sendable, Equatable {
    /// Hashes of level 8 × the number, counted from the leaves.
    case hashes(level: Int)
    /// The leaves themselves, each after its length (big-endian, 16 bits).
    case entries
  }
  public let kind: Kind
  public let index: UInt64
  /// How many of the 256 are there.
  public let count: Int

  public init(_ kind: Kind, index: UInt64, count: Int = TilePath.width) {
    self.kind = kind
    self.index = index
    self.count = count
  }

  /// `tile/0/x001/x234/067`, `tile/entries/000.p/12`.
  public var text: String {
    var digits = [Self.three(index % 1_000)]
    var rest = index / 1_000
    while rest > 0 {
      digits.insert("x" + Self.three(rest % 1_000), at: 0)
      rest /= 1_000
    }
    let name: String
    switch kind {
    case .hashes(let level): name = String(level)
    case .entries: name = "entries"
    }
    return "tile/\(name)/" + digits.joined(separator: "/") + (count == Self.width ? "" : ".p/\(count)")
  }

  /// - Returns: nil for any text but the one that `text` gives.
  public init?(_ text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard text.utf8.count <= 64, parts.count >= 3, parts[0] == "tile" else { return nil }
    var places = parts[2...]
    var count = Self.width
    if let last = places.last, places.count >= 2, let number = Int(last), places[places.endIndex - 2].hasSuffix(".p") {
      count = number
      places.removeLast()
      places[places.endIndex - 1].removeLast(2)
    }
    var index: UInt64 = 0
    for place in places {
      let digits = place.hasPrefix("x") ? place.dropFirst() : place[...]
      guard digits.utf8.count == 3, let number = UInt64(digits), index < 1_000_000_000_000 else { return nil }
      index = index * 1_000 + number
    }
    if parts[1] == "entries" {
      self.init(.entries, index: index, count: count)
    } else {
      guard let level = Int(parts[1]), (0...7).contains(level) else { return nil }
      self.init(.hashes(level: level), index: index, count: count)
    }
    guard (1...Self.width).contains(count), self.text == text else { return nil }
  }

  private static func three(_ number: UInt64) -> String { String(String(number + 1_000).dropFirst()) }
}
