extension Value {
  /// A column that the schema declares as an integer.
  ///
  /// - Throws: `damaged` for anything else. Never quotes the value, which may be private.
  public func integer() throws(StoreError) -> Int64 {
    guard case .integer(let value) = self else { throw unexpected("an integer") }
    return value
  }

  /// As `integer`, of text.
  public func text() throws(StoreError) -> String {
    guard case .text(let value) = self else { throw unexpected("text") }
    return value
  }

  /// As `integer`, of bytes.
  public func blob() throws(StoreError) -> [UInt8] {
    guard case .blob(let value) = self else { throw unexpected("bytes") }
    return value
  }

  private func unexpected(_ expected: String) -> StoreError {
    let found =
      switch self {
      case .null: "null"
      case .integer: "an integer"
      case .real: "a real number"
      case .text: "text"
      case .blob: "bytes"
      }
    return StoreError(.damaged, "expected \(expected), found \(found)")
  }
}
