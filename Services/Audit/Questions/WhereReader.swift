import Wire

/// Reads a filter's text. What is wrong is told with its position.
struct WhereReader {
  private enum Token: Equatable {
    case word(String), text(String), sign(String), end
  }
  private let characters: [Character]
  private var at = 0
  private var token = Token.end
  private var start = 0

  init(_ text: String) {
    characters = Array(text)
  }

  mutating func filter(depth: Int) throws(Where.Mistake) -> Where {
    if depth == 0 { try advance() }
    guard depth <= Where.mostNested else { throw mistake("at most \(Where.mostNested) brackets and nots one in another") }
    var parts = [try all(depth)]
    while token == .word("or") {
      try advance()
      parts.append(try all(depth))
    }
    return parts.count == 1 ? parts[0] : .any(parts)
  }

  mutating func end() throws(Where.Mistake) {
    guard token == .end else { throw mistake("and, or, or the end was expected") }
  }

  private mutating func all(_ depth: Int) throws(Where.Mistake) -> Where {
    var parts = [try one(depth)]
    while token == .word("and") {
      try advance()
      parts.append(try one(depth))
    }
    return parts.count == 1 ? parts[0] : .all(parts)
  }

  private mutating func one(_ depth: Int) throws(Where.Mistake) -> Where {
    guard depth <= Where.mostNested else { throw mistake("at most \(Where.mostNested) brackets and nots one in another") }
    switch token {
    case .word("not"):
      try advance()
      return .not(try one(depth + 1))
    case .sign("("):
      try advance()
      let inner = try filter(depth: depth + 1)
      guard token == .sign(")") else { throw mistake(") was expected") }
      try advance()
      return inner
    default: return try comparison()
    }
  }

  private mutating func comparison() throws(Where.Mistake) -> Where {
    guard case .word(let name) = token, let field = Where.Field(rawValue: name) else {
      throw mistake("a field was expected: one of \(Where.Field.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    try advance()
    guard case .sign(let sign) = token, let relation = Where.Operator(rawValue: sign) else {
      throw mistake("one of \(Where.Operator.allCases.map(\.rawValue).joined(separator: " ")) was expected")
    }
    try advance()
    let text: String
    switch token {
    case .word(let word): text = word
    case .text(let quoted): text = quoted
    default: throw mistake("a value was expected: a word, or a text in quotes")
    }
    let value: Where.Value
    switch field.kind {
    case .text, .texts: value = .text(text)
    case .number:
      guard let number = Double(text), number.isFinite else { throw mistake("\(field.rawValue) is compared with a number") }
      value = .number(number)
    case .time:
      guard let time = Instant(rfc3339: text.utf8.count == 10 ? "\(text)T00:00:00Z" : text) else {
        throw mistake("\(field.rawValue) is compared with a time as 2026-11-24T08:00:00Z, or a day")
      }
      value = .time(time.microseconds)
    }
    try advance()
    return .compare(field, relation, value)
  }

  private func mistake(_ text: String) -> Where.Mistake { Where.Mistake(position: start + 1, text: text) }

  private mutating func advance() throws(Where.Mistake) {
    while at < characters.count, characters[at].isWhitespace { at += 1 }
    start = at
    guard at < characters.count else { return token = .end }
    switch characters[at] {
    case "(", ")", "=":
      token = .sign(String(characters[at]))
      at += 1
    case "<", ">", "!":
      let isPair = at + 1 < characters.count && characters[at + 1] == "="
      token = .sign(String(characters[at...(isPair ? at + 1 : at)]))
      at += isPair ? 2 : 1
    case "\"": token = .text(try quoted())
    default:
      let end = characters[at...].firstIndex { $0.isWhitespace || "()=<>!\"".contains($0) } ?? characters.count
      token = .word(String(characters[at..<end]))
      at = end
    }
  }

  private mutating func quoted() throws(Where.Mistake) -> String {
    var text = ""
    at += 1
    while at < characters.count {
      switch characters[at] {
      case "\"":
        at += 1
        return text
      case "\\" where at + 1 < characters.count && "\\\"".contains(characters[at + 1]):
        text.append(characters[at + 1])
        at += 2
      case "\0": throw Where.Mistake(position: at + 1, text: "a character that no text has")
      default:
        text.append(characters[at])
        at += 1
      }
    }
    throw mistake("the quote is not closed")
  }
}
