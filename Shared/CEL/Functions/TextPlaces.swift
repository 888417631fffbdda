extension String {
  /// Whether the bytes of `part` occur in it; since both are UTF-8, that is whether its code points do.
  func holds(_ part: String) -> Bool {
    position(of: Array(part.utf8), in: Array(utf8)) != nil
  }
}

/// A text by bytes, with places in code points.
private struct Places {
  let bytes: [UInt8]

  /// Takes the cost of walking the text and looking for `part` in it.
  init(_ text: String, searchedFor part: String = "", _ budget: inout Budget) throws(Fault) {
    try budget.charge(bytes: text.utf8.count, times: part.utf8.count)
    bytes = Array(text.utf8)
  }

  /// The byte at which a code point begins; the end counts as one more place.
  func byte(at place: Int64) throws(Fault) -> Int {
    if place >= 0, place <= bytes.count {
      var left = place
      for (index, byte) in bytes.enumerated() where byte & 0xC0 != 0x80 {
        if left == 0 { return index }
        left -= 1
      }
      if left == 0 { return bytes.count }
    }
    throw Fault(.invalidArgument("index out of range: \(place)"))
  }

  /// The code point that begins at a byte.
  func place(of byte: Int) -> Int64 { bytes[..<byte].reduce(0) { $0 + ($1 & 0xC0 != 0x80 ? 1 : 0) } }

  func text(_ range: Range<Int>) -> CELValue { .string(String(decoding: bytes[range], as: UTF8.self)) }

  /// The end of the code point that begins at a byte.
  func end(ofScalarAt byte: Int) -> Int {
    var end = byte + 1
    while end < bytes.count, bytes[end] & 0xC0 == 0x80 { end += 1 }
    return min(end, bytes.count)
  }
}

/// The code point at a place as a string, nothing at the end.
func charAt(_ text: CELValue, _ place: CELValue, _ budget: inout Budget) throws(Fault) -> CELValue {
  guard case .string(let string) = text, case .int(let index) = place else { throw .noOverload("charAt", text, place) }
  let places = try Places(string, &budget)
  let start = try places.byte(at: index)
  return places.text(start..<places.end(ofScalarAt: start))
}

/// The arguments (string, string, int?) of a search.
private func search(_ arguments: [CELValue], _ name: String) throws(Fault) -> (
  text: String, part: String, place: Int64?
) {
  switch (arguments[0], arguments[1], arguments.count > 2 ? arguments[2] : nil) {
  case (.string(let text), .string(let part), nil): return (text, part, nil)
  case (.string(let text), .string(let part), .int(let place)): return (text, part, place)
  default: throw Fault(.type("no such overload: \(name)(\(arguments.map(\.type.name).joined(separator: ", ")))"))
  }
}

func indexOf(_ arguments: [CELValue], _ budget: inout Budget) throws(Fault) -> CELValue {
  let (text, part, start) = try search(arguments, "indexOf")
  let places = try Places(text, searchedFor: part, &budget)
  let from = try places.byte(at: start ?? 0)
  return .int(position(of: Array(part.utf8), in: places.bytes, from: from).map(places.place) ?? -1)
}

func lastIndexOf(_ arguments: [CELValue], _ budget: inout Budget) throws(Fault) -> CELValue {
  let (text, part, last) = try search(arguments, "lastIndexOf")
  let places = try Places(text, searchedFor: part, &budget)
  let wanted = Array(part.utf8)
  var at = try last.map { place throws(Fault) in try places.byte(at: place) } ?? places.bytes.count
  at = min(at, places.bytes.count - wanted.count)
  while at >= 0 {
    if places.bytes[at...].starts(with: wanted) { return .int(places.place(of: at)) }
    at -= 1
  }
  return .int(-1)
}

func substring(_ arguments: [CELValue], _ budget: inout Budget) throws(Fault) -> CELValue {
  guard case .string(let text) = arguments[0], case .int(let start) = arguments[1] else {
    throw .noOverload("substring", arguments[0], arguments[1])
  }
  let places = try Places(text, &budget)
  let from = try places.byte(at: start)
  guard arguments.count > 2 else { return places.text(from..<places.bytes.count) }
  guard case .int(let end) = arguments[2] else {
    throw .noOverload("substring", arguments[0], arguments[1], arguments[2])
  }
  let to = try places.byte(at: end)
  guard from <= to else { throw Fault(.invalidArgument("invalid substring range. start: \(start), end: \(end)")) }
  return places.text(from..<to)
}

/// The ranges of the separators in a text, at most `limit`. An empty separator lies between all code points.
private func separators(_ part: [UInt8], in places: Places, limit: Int) -> [Range<Int>] {
  var found: [Range<Int>] = []
  var at = 0
  while found.count < limit, let start = position(of: part, in: places.bytes, from: at) {
    found.append(start..<start + part.count)
    if part.isEmpty {
      if start >= places.bytes.count { break }
      at = places.end(ofScalarAt: start)
    } else {
      at = start + part.count
    }
  }
  return found
}

/// A limit argument: absent or negative is none.
private func limit(_ arguments: [CELValue], at index: Int, _ name: String) throws(Fault) -> Int {
  guard arguments.count > index else { return Int.max }
  guard case .int(let limit) = arguments[index] else { throw .noOverload(name, arguments[index]) }
  return limit < 0 ? Int.max : Int(clamping: limit)
}

func split(_ arguments: [CELValue], _ budget: inout Budget) throws(Fault) -> CELValue {
  guard case .string(let text) = arguments[0], case .string(let separator) = arguments[1] else {
    throw .noOverload("split", arguments[0], arguments[1])
  }
  let most = try limit(arguments, at: 2, "split")
  if most == 0 { return .list([]) }
  let places = try Places(text, searchedFor: separator, &budget)
  try budget.charge(separator.isEmpty ? text.utf8.count : 0)
  var cuts = separators(Array(separator.utf8), in: places, limit: separator.isEmpty ? Int.max : most - 1)
  if separator.isEmpty {
    if text.isEmpty { return .list([]) }
    // Not before the first and not after the last code point.
    cuts = Array(cuts.dropFirst().dropLast().prefix(most - 1))
  }
  try budget.charge(cuts.count)
  var parts: [CELValue] = []
  var start = 0
  for cut in cuts {
    parts.append(places.text(start..<cut.lowerBound))
    start = cut.upperBound
  }
  parts.append(places.text(start..<places.bytes.count))
  return .list(parts)
}

func replace(_ arguments: [CELValue], _ budget: inout Budget) throws(Fault) -> CELValue {
  guard case .string(let text) = arguments[0], case .string(let old) = arguments[1],
    case .string(let new) = arguments[2]
  else {
    throw .noOverload("replace", arguments[0], arguments[1], arguments[2])
  }
  let most = try limit(arguments, at: 3, "replace")
  let places = try Places(text, searchedFor: old, &budget)
  let cuts = separators(Array(old.utf8), in: places, limit: most)
  try budget.charge(cuts.count)
  let (added, overflow) = cuts.count.multipliedReportingOverflow(by: new.utf8.count)
  try budget.charge(bytes: overflow ? Int.max : added)
  var out: [UInt8] = []
  var start = 0
  for cut in cuts {
    out += places.bytes[start..<cut.lowerBound]
    out += new.utf8
    start = cut.upperBound
  }
  out += places.bytes[start...]
  return .string(String(decoding: out, as: UTF8.self))
}
