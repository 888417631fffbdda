import CSimdjson

extension JSON {
  /// Parses one JSON text that fills all of `bytes`.
  ///
  /// Keys are compared after unescaping, by code points, and may not repeat. Takes about 3 µs for 1 KB.
  public static func parse(
    _ bytes: some Collection<UInt8>, limits: JSONLimits = .default
  ) throws(JSONError) -> JSON {
    let result =
      bytes.withContiguousStorageIfAvailable { parse(buffer: $0, limits) }
      ?? Array(bytes).withUnsafeBufferPointer { parse(buffer: $0, limits) }
    return try result.get()
  }

  /// The same of borrowed bytes.
  public static func parse(_ bytes: UnsafeRawBufferPointer, limits: JSONLimits = .default) throws(JSONError) -> JSON {
    try bytes.withMemoryRebound(to: UInt8.self) { parse(buffer: $0, limits) }.get()
  }

  private static func parse(
    buffer bytes: UnsafeBufferPointer<UInt8>, _ limits: JSONLimits
  ) -> Result<JSON, JSONError> {
    guard bytes.count <= limits.bytes else {
      return .failure(
        JSONError(.tooLarge, expected: "at most \(limits.bytes) bytes", found: "\(bytes.count) bytes"))
    }
    guard let start = bytes.baseAddress, !bytes.isEmpty else {
      return .failure(JSONError(.notJSON, expected: "a JSON value", found: "no bytes"))
    }
    var document = csimdjson_document()
    switch csimdjson_parse(start, bytes.count, limits.depth, &document) {
    case CSIMDJSON_OK:
      guard let tape = document.tape, let strings = document.strings else { break }
      return Tape(words: tape, strings: strings).read(limits)
    case CSIMDJSON_NO_MEMORY:
      return .failure(JSONError(.tooLarge, expected: "a text that memory holds", found: "\(bytes.count) bytes"))
    default: break
    }
    return diagnose(bytes, limits)
  }

  /// The slow way, only for a text that simdjson refused: finds out why and where.
  private static func diagnose(_ bytes: UnsafeBufferPointer<UInt8>, _ limits: JSONLimits) -> Result<JSON, JSONError> {
    var scanner = GrammarScanner(bytes, limits)
    do throws(JSONError) {
      try scanner.scan()
    } catch {
      return .failure(error)
    }
    // All well but for integers that no 64 bits hold: with an exponent they are doubles, which simdjson reads.
    guard !scanner.endsOfHugeIntegers.isEmpty else {
      return .failure(JSONError(.notJSON, expected: "a JSON text", found: "something else"))
    }
    var text: [UInt8] = [], copied = 0
    for end in scanner.endsOfHugeIntegers {
      text += bytes[copied..<end]
      text += "e0".utf8
      copied = end
    }
    text += bytes[copied...]
    var wider = limits
    wider.bytes = text.count
    return text.withUnsafeBufferPointer { parse(buffer: $0, wider) }
  }
}
