import CSimdjson

/// simdjson's tape of one document (see CSimdjson.h), made into a `JSON` value.
struct Tape {
  let words: UnsafePointer<UInt64>
  let strings: UnsafePointer<UInt8>

  /// Why a place on the tape is refused though the grammar allows it.
  struct Fault: Error {
    let code: JSONError.Code
    let place: Int
    let expected: String
    let found: String
  }

  func read(_ limits: JSONLimits) -> Result<JSON, JSONError> {
    var reader = Reader(tape: self, depth: limits.depth, anyInteger: limits.anyInteger)
    do throws(Fault) {
      return .success(try reader.value(at: 1, level: 0))
    } catch {
      let pointer = pointer(to: error.place)
      return .failure(JSONError(error.code, at: pointer, expected: error.expected, found: error.found))
    }
  }

  func kind(_ place: Int) -> UInt8 { UInt8(truncatingIfNeeded: words[place] >> 56) }

  /// The place just past the value at `place`.
  func end(of place: Int) -> Int {
    switch kind(place) {
    case UInt8(ascii: "{"), UInt8(ascii: "["): Int(words[place] & 0xFFFF_FFFF)
    case UInt8(ascii: "l"), UInt8(ascii: "u"), UInt8(ascii: "d"): place + 2
    default: place + 1
    }
  }

  /// The UTF-8 of the string at `place`, without escapes.
  func text(_ place: Int) -> UnsafeBufferPointer<UInt8> {
    let start = strings + Int(words[place] & 0x00FF_FFFF_FFFF_FFFF)
    let length = UnsafeRawPointer(start).loadUnaligned(as: UInt32.self)
    return UnsafeBufferPointer(start: start + 4, count: Int(length))
  }

  /// The JSON Pointer of a value, or of the member whose key lies at the place.
  func pointer(to target: Int) -> String {
    var pointer = "", at = 1
    while at != target {
      let isObject = kind(at) == UInt8(ascii: "{")
      guard isObject || kind(at) == UInt8(ascii: "[") else { break }
      var child = at + 1, index = 0
      let last = end(of: at) - 1
      while child < last {
        let value = isObject ? child + 1 : child
        if target < end(of: value) {
          let token = isObject ? JSON.escape(pointerToken: String(decoding: text(child), as: UTF8.self)) : "\(index)"
          pointer += "/" + token
          if target == child { return pointer }
          at = value
          break
        }
        child = end(of: value)
        index += 1
      }
      if child >= last { break }
    }
    return pointer
  }
}
