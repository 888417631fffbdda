import JSON
import Testing

@testable import Wire

@Suite struct LaneOfKeyTests {
  /// Values of Kafka's own `Utils.murmur2` (`UtilsTest.testMurmur2`).
  @Test(arguments: [
    ("21", -973_932_308), ("foobar", -790_332_482), ("a-little-bit-long-string", -985_981_536),
    ("a-little-bit-longer-string", -1_486_304_829), ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971),
    ("abc", 479_470_107),
  ] as [(String, Int32)])
  func murmur2IsKafkas(key: String, hash: Int32) { #expect(Int32(bitPattern: murmur2(key.utf8)) == hash) }

  @Test func caseIDsFallIntoTheirLane() {
    var mint = CaseIDMint(seed: 7)
    var last = ""
    for number in 0..<200 {
      let id = mint.next(lane: Int32(number % 5), among: 5, at: Instant(microseconds: 1_700_000_000_000_000))
      #expect(lane(of: id, among: 5) == Int32(number % 5))
      #expect(id.utf8.count == 36 && Array(id.utf8)[14] == UInt8(ascii: "7"))
      #expect(id.prefix(13) >= last.prefix(13))
      last = id
    }
  }
}

@Suite struct FrameTests {
  func frame() -> FrameWriter {
    var writer = FrameWriter()
    writer.begin(key: "k".utf8, body: "body".utf8)
    writer.header("ce_id", "1")
    writer.header("empty", Optional<[UInt8]>.none)
    writer.end()
    writer.begin(key: Optional<[UInt8]>.none, body: Optional<[UInt8]>.none)
    writer.end()
    return writer
  }

  @Test func readsWhatWasWritten() throws {
    let frames = try #require(Frame.split(frame().bytes[...]))
    #expect(frames.count == 2)
    #expect(frames[0].key.map(Array.init) == Array("k".utf8))
    #expect(frames[0].body.map(Array.init) == Array("body".utf8))
    #expect(frames[0].text("ce_id") == "1")
    #expect(frames[0].headers.map(\.name) == ["ce_id", "empty"])
    #expect(frames[0].header("empty") == nil && frames[0].header("none") == nil)
    #expect(frames[1].key == nil && frames[1].body == nil && frames[1].headers.isEmpty)
  }

  @Test func refusesWhatIsNoWholeFrame() {
    let good = frame().bytes
    for length in 1..<good.count where length != Frame.split(good[...])![0].bytes.count {
      #expect(Frame.split(good[..<length]) == nil, "cut at \(length)")
    }
    var generator = SplitMix64(seed: 11)
    for _ in 0..<20_000 {
      var damaged = good
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        damaged[Int.random(in: 0..<damaged.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
      }
      // Whatever is accepted can be read to its end without a trap.
      for frame in Frame.split(damaged[...]) ?? [] { _ = (frame.key, frame.body, frame.headers) }
    }
  }
}

@Suite struct SealTests {
  func sealed(_ seal: Seal, topic: String = "cases", partition: Int32 = 3) -> [UInt8] {
    var writer = FrameWriter()
    writer.begin(key: "case".utf8, body: #"{"a":1}"#.utf8)
    writer.header(Header.type, "countersign.case.admitted.v1")
    writer.header(Header.sequence, "17")
    seal.close(&writer, topic: topic, partition: partition)
    return writer.bytes
  }

  @Test func holdsForThisRecordAlone() throws {
    let seal = Seal(key: Array(repeating: 1, count: 32))
    let bytes = sealed(seal)
    let frame = try #require(Frame.split(bytes[...])?.first)
    #expect(seal.verifies(frame, topic: "cases", partition: 3))
    #expect(!seal.verifies(frame, topic: "cases", partition: 2))
    #expect(!seal.verifies(frame, topic: "effects", partition: 3))
    #expect(!Seal(key: Array(repeating: 2, count: 32)).verifies(frame, topic: "cases", partition: 3))
    for index in 4..<bytes.count {
      var changed = bytes
      changed[index] ^= 1
      guard let frame = Frame.split(changed[...])?.first else { continue }
      #expect(!seal.verifies(frame, topic: "cases", partition: 3), "byte \(index)")
    }
  }

  /// Made with Python's `hmac`: keys shorter and longer than a block.
  @Test(arguments: [(32, "0janyGNzfiRb1avXqg8FeK-sSd0t5Y8tG1bNCpq0yTU"), (80, "nZ1aFFkw9QPNqjTyBHd7jzIMU7evV9MY0qG5PTivvng")])
  func isHMACOfRFC2104(length: Int, mark: String) throws {
    let frame = try #require(Frame.split(sealed(Seal(key: Array(repeating: 1, count: length)))[...])?.first)
    #expect(frame.text("ce_seal") == mark)
  }

  @Test func anUnsealedRecordDoesNotVerify() throws {
    var writer = FrameWriter()
    writer.begin(key: "k".utf8, body: "b".utf8)
    writer.end()
    let frame = try #require(Frame.split(writer.bytes[...])?.first)
    #expect(!Seal(key: Array(repeating: 1, count: 32)).verifies(frame, topic: "cases", partition: 0))
  }
}

@Suite struct InstantTests {
  @Test(arguments: [
    ("1970-01-01T00:00:00Z", 0), ("2026-11-24T08:00:00.5Z", 1_795_507_200_500_000),
    ("2026-11-24T09:00:00+01:00", 1_795_507_200_000_000), ("2000-02-29T23:59:59.999999Z", 951_868_799_999_999),
    ("1969-12-31T23:59:59Z", -1_000_000),
  ] as [(String, Int64)])
  func readsRFC3339(text: String, microseconds: Int64) {
    #expect(Instant(rfc3339: text)?.microseconds == microseconds)
    #expect(Instant(rfc3339: Instant(microseconds: microseconds).description)?.microseconds == microseconds)
  }

  @Test(arguments: [
    "", "2026-11-24", "2026-13-01T00:00:00Z", "2026-02-29T00:00:00Z", "2026-11-24T24:00:00Z", "2026-11-24T08:00:00",
    "2026-11-24T08:00:00.Z", "2026-11-24T08:00:00+1:00", "2026-11-24 08:00:00Z", "2026-11-24T08:00:60Z",
  ])
  func refusesEverythingElse(text: String) { #expect(Instant(rfc3339: text) == nil) }
}

@Suite struct Base64Tests {
  /// RFC 4648, section 10, without padding.
  @Test(arguments: [("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg"), ("fooba", "Zm9vYmE"), ("foobar", "Zm9vYmFy")])
  func vectors(plain: String, coded: String) {
    #expect(String(decoding: base64url(plain.utf8), as: UTF8.self) == coded)
    #expect(bytes(base64url: coded.utf8) == Array(plain.utf8))
  }

  @Test(arguments: ["Z", "Zh", "Zm9=", "Zm+v", "Zm9v Yg"])
  func eachValueHasOneTextOnly(text: String) { #expect(bytes(base64url: text.utf8) == nil) }
}
