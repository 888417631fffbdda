import Ledger
import Testing

private func field(_ text: String?) -> [UInt8] {
  guard let text else { return [255, 255, 255, 255] }
  return [UInt8(text.utf8.count), 0, 0, 0] + Array(text.utf8)
}

private func headers(_ all: [(String, String?)]) -> [UInt8] {
  all.reduce([UInt8(all.count), 0]) { $0 + [UInt8($1.0.utf8.count), 0] + Array($1.0.utf8) + field($1.1) }
}

@Suite struct LeafTests {
  let content = Leaf.contentHash(salt: UnsafeRawBufferPointer(start: nil, count: 0), nil)

  func leaf(key: String? = "k", _ all: [(String, String?)]) -> [UInt8]? {
    var bytes: [UInt8] = []
    let fits = Leaf.write(
      .body, topic: "cases", partition: 3, offset: 1 << 40, content: content, key: field(key)[...], headers: headers(all)[...],
      to: &bytes)
    return fits ? bytes : nil
  }

  @Test func whatIsWrittenIsReadBack() throws {
    let written = try #require(leaf([("ce_type", "t"), ("ce_subject", nil), ("ce_sequence", "42")]))
    let read = try #require(Leaf(written[...]))
    #expect(read.topic == "cases")
    #expect(read.partition == 3)
    #expect(read.offset == 1 << 40)
    #expect(read.content == content)
    #expect(read.key.map { Array($0) } == Array("k".utf8))
    #expect(read.text("ce_type") == "t")
    #expect(read.text("ce_subject") == nil)
    #expect(read.integer("ce_sequence") == 42)
    #expect(read.headers.count == 3)
    let keyless = try #require(leaf(key: nil, []))
    #expect(Leaf(keyless[...])?.key == nil)
  }

  @Test func anythingCutOffOrLongerIsRefused() throws {
    let bytes = try #require(leaf([("ce_type", "t"), ("ce_subject", "s")]))
    for count in 0..<bytes.count { #expect(Leaf(bytes.prefix(count)) == nil, "\(count) bytes") }
    #expect(Leaf((bytes + [0])[...]) == nil)
  }

  @Test func randomBytesNeverTrap() {
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<20_000 {
      var bytes: [UInt8] = (0..<Int.random(in: 0..<120, using: &generator)).map { _ in .random(in: 0...255, using: &generator) }
      if bytes.count > 2 { bytes[0] = 1; bytes[1] = .random(in: 0...3, using: &generator) }
      if let leaf = Leaf(bytes[...]) { _ = leaf.text("x") }
    }
  }

  @Test func aLeafOverTheLimitIsNotWritten() {
    #expect(leaf([("h", String(repeating: "x", count: 200))]) != nil)
    #expect(leaf((0..<15).map { ("h\($0)", String(repeating: "x", count: 200)) }) == nil)
  }

  @Test func aTombstoneAndAnEmptyBodyHaveDifferentHashes() {
    let salt: [UInt8] = Array(0..<16)
    salt.withUnsafeBytes { salt in
      let none = Leaf.contentHash(salt: salt, nil)
      let empty = Leaf.contentHash(salt: salt, UnsafeRawBufferPointer(start: nil, count: 0))
      #expect(none != empty)
    }
  }
}
