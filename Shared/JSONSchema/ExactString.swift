/// A string as a dictionary key by its code points. `String` itself would hold "é" in one and in two scalars equal.
struct ExactString: Hashable, Sendable {
  private let bytes: [UInt8]

  init(_ text: String) { bytes = Array(text.utf8) }
}
