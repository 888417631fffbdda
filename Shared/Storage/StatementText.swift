/// One SQL statement with `?` for each argument.
struct StatementText {
  let sql: String
  /// The same with `$1`, `$2`, … as PostgreSQL has them.
  let numbered: String

  /// - Throws: `refused` for control of transactions, no statement, another number of `?` than of arguments, or `?`
  /// followed by a digit.
  init(_ sql: String, checking arguments: [Value]) throws(StoreError) {
    for argument in arguments {
      if let problem = argument.problem { throw StoreError(.refused, "an argument is \(problem)") }
    }
    self.sql = sql
    var scan = Scan(Array(sql.utf8))
    let count = try scan.run()
    guard count == arguments.count else {
      throw StoreError(.refused, "\(count) times ? and \(arguments.count) arguments: \(sql)")
    }
    let word = scan.firstWord
    guard !word.isEmpty else { throw StoreError(.refused, "no statement") }
    guard !Self.control.contains(word) else { throw StoreError(.refused, "\(word) inside a transaction of the store") }
    numbered = String(decoding: scan.output, as: UTF8.self)
  }

  private static let control: Set<String> = [
    "begin", "start", "commit", "end", "rollback", "abort", "savepoint", "release", "attach", "detach", "pragma",
    "prepare", "set", "reset", "discard", "listen", "copy", "vacuum",
  ]
}

/// Reads SQL only as far as to tell a `?` from one in a string, a quoted name or a comment.
private struct Scan {
  private let input: [UInt8]
  private(set) var output: [UInt8] = []
  private(set) var firstWord = ""
  private var wordEnded = false

  init(_ input: [UInt8]) { self.input = input }

  mutating func run() throws(StoreError) -> Int {
    output.reserveCapacity(input.count + 16)
    var at = 0
    var count = 0
    while at < input.count {
      let byte = input[at]
      let next = at + 1 < input.count ? input[at + 1] : 0
      switch (byte, next) {
      case (39, _), (34, _): at = copy(from: at, through: end(of: byte, from: at + 1))
      case (45, 45): at = copy(from: at, through: end(ofLineFrom: at))
      case (47, 42): at = copy(from: at, through: end(ofCommentFrom: at + 2))
      case (63, _):
        guard !(48...57).contains(next) else { throw StoreError(.refused, "a numbered ? in SQL") }
        count += 1
        output += Array("$\(count)".utf8)
        wordEnded = wordEnded || !firstWord.isEmpty
        at += 1
      case (0, _): throw StoreError(.refused, "SQL with a NUL character")
      default:
        noteWord(byte)
        output.append(byte)
        at += 1
      }
    }
    return count
  }

  private mutating func noteWord(_ byte: UInt8) {
    let lower = byte | 0x20
    if !wordEnded, (97...122).contains(lower) {
      firstWord.unicodeScalars.append(Unicode.Scalar(lower))
    } else if !firstWord.isEmpty {
      wordEnded = true
    }
  }

  private mutating func copy(from start: Int, through last: Int) -> Int {
    output += input[start...min(last, input.count - 1)]
    wordEnded = wordEnded || !firstWord.isEmpty
    return last + 1
  }

  private func end(of quote: UInt8, from start: Int) -> Int {
    input[min(start, input.count)...].firstIndex(of: quote) ?? input.count - 1
  }

  private func end(ofLineFrom start: Int) -> Int { input[start...].firstIndex(of: 10) ?? input.count - 1 }

  private func end(ofCommentFrom start: Int) -> Int {
    var at = start
    while at + 1 < input.count {
      if input[at] == 42, input[at + 1] == 47 { return at + 1 }
      at += 1
    }
    return input.count - 1
  }
}
