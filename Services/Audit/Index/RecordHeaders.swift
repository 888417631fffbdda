import Wire

/// What audit reads of a record's headers: a few of CloudEvents and the facts, in one pass and without copies.
struct RecordHeaders {
  private enum Name {
    case type, subject, time, sequence, epoch
    case fact(Int)
  }
  /// By their length, so that a header is known, or known to be none of these, after a comparison or two.
  private static let names: [[(text: [UInt8], name: Name)]] = {
    var names: [(String, Name)] = [
      (Header.type, .type), (Header.subject, .subject), (Header.time, .time), (Header.sequence, .sequence),
      (Header.epoch, .epoch),
    ]
    for (index, fact) in Fact.allCases.enumerated() { names.append((fact.rawValue, .fact(index))) }
    let longest = names.map(\.0.utf8.count).max() ?? 0
    return (0...longest).map { length in
      names.filter { $0.0.utf8.count == length }.map { (Array($0.0.utf8), $0.1) }
    }
  }()

  private(set) var type: ArraySlice<UInt8> = []
  private(set) var subject: ArraySlice<UInt8> = []
  private(set) var time: Int64 = 0
  private(set) var sequence: Int64 = 0
  private(set) var epoch: Int64 = 0
  /// By the place of the fact in `Fact.allCases`.
  private(set) var facts: [(fact: Int, value: ArraySlice<UInt8>)] = []
  /// Records of a batch mostly have the same time.
  private var timeText: [UInt8] = []
  private var parsedTime: Int64 = 0

  /// - Parameter section: headers as they stand in a frame or a leaf (count, then each), checked before; empty where a leaf
  ///   has none.
  mutating func read(_ section: ArraySlice<UInt8>) {
    (type, subject, time, sequence, epoch) = ([], [], 0, 0, 0)
    facts.removeAll(keepingCapacity: true)
    guard section.count >= 2 else { return }
    let start = section.startIndex
    section.withUnsafeBytes { bytes in
      func short(_ at: Int) -> Int { Int(UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: at, as: UInt16.self))) }
      var at = 2
      for _ in 0..<short(0) {
        let valueAt = at + 2 + short(at)
        let name = Self.name(UnsafeRawBufferPointer(rebasing: bytes[(at + 2)..<valueAt]))
        let length = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: valueAt, as: UInt32.self))
        at = valueAt + 4
        guard length != .max else { continue }
        if let name { take(name, section[(start + at)..<(start + at + Int(length))]) }
        at += Int(length)
      }
    }
  }

  private static func name(_ text: UnsafeRawBufferPointer) -> Name? {
    guard text.count < names.count else { return nil }
    return names[text.count].first { text.elementsEqual($0.text) }?.name
  }

  private mutating func take(_ name: Name, _ value: ArraySlice<UInt8>) {
    switch name {
    case .type: type = value
    case .subject: subject = value
    case .time:
      if !value.elementsEqual(timeText) {
        timeText = Array(value)
        parsedTime = Instant(rfc3339: String(decoding: value, as: UTF8.self))?.microseconds ?? 0
      }
      time = parsedTime
    case .sequence: sequence = decimal(value)
    case .epoch: epoch = decimal(value)
    case .fact(let index): facts.append((index, value))
    }
  }

  private func decimal(_ text: ArraySlice<UInt8>) -> Int64 { Int64(String(decoding: text, as: UTF8.self)) ?? 0 }

  /// The case that the record is about: a UUID of version 7. Nil for any other subject.
  var caseID: String? {
    guard subject.count == 36, subject[subject.startIndex + 14] == UInt8(ascii: "7") else { return nil }
    for (place, byte) in subject.enumerated() {
      switch (place, byte) {
      case (8, 0x2D), (13, 0x2D), (18, 0x2D), (23, 0x2D): continue
      case (8, _), (13, _), (18, _), (23, _): return nil
      case (_, 0x30...0x39), (_, 0x61...0x66): continue
      default: return nil
      }
    }
    return String(decoding: subject, as: UTF8.self)
  }

  func has(type wanted: String) -> Bool { type.elementsEqual(wanted.utf8) }

  func fact(_ wanted: Fact) -> String? {
    let index = CaseFacts.index(of: wanted)
    return facts.first { $0.fact == index }.map { String(decoding: $0.value, as: UTF8.self) }
  }
}
