import Storage

extension StoreTransaction {
  /// What lanes remember under the keys that begin with `prefix`, in the order of the keys. - Parameter prefix: ends with its slash.
  public func states(under prefix: String) throws -> [(key: String, body: [UInt8])] {
    // `0` comes after `/`.
    try query("SELECT key, body FROM states WHERE key > ? AND key < ? ORDER BY key", [.text(prefix), .text("\(prefix.dropLast())0")])
      .map { (try $0[0].text(), try $0[1].blob()) }
  }
}
