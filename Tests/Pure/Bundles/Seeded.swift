import Wire

/// The same numbers for the same seed, anywhere.
struct Seeded {
  private var random: SplitMix64

  init(_ seed: UInt64) { random = SplitMix64(seed: seed) }

  mutating func next() -> UInt64 { random.next() }

  /// From 0 to below `bound`, which is positive.
  mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
  mutating func unit() -> Double { Double(next() >> 11) / 0x1p53 }
  mutating func chance(_ share: Double) -> Bool { unit() < share }
  mutating func pick<Element>(_ elements: [Element]) -> Element { elements[below(elements.count)] }
}
