/// What is known of records of some types. By the length of the type, so that a record is known after a comparison or two.
struct RecordTypes<Value: Sendable>: Sendable {
  private let byLength: [[(type: [UInt8], value: Value)]]

  init(_ known: [(type: String, value: Value)]) {
    let longest = known.map(\.type.utf8.count).max() ?? 0
    byLength = (0...longest).map { length in known.filter { $0.type.utf8.count == length }.map { (Array($0.type.utf8), $0.value) } }
  }

  /// Nil for a record of any other type.
  subscript(headers: RecordHeaders) -> Value? {
    guard headers.type.count < byLength.count else { return nil }
    return byLength[headers.type.count].first { headers.type.elementsEqual($0.type) }?.value
  }
}
