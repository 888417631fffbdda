import Ledger
import Messaging
import Storage
import Wire

/// What the index and the figures take from contents that are about to be destroyed, and not from headers: closed values, never words. It
/// stands in the record of the erasure, so that an index that is made anew from the ledger is the same.
struct Residue {
  private(set) var measures = CaseMeasures()
  private(set) var findings: [ContentErasing.Finding] = []

  mutating func add(_ source: TopicPartition, offset: Int64, _ headers: RecordHeaders, body: ArraySlice<UInt8>?, position: Int64) {
    measures.foldContent(headers, body)
    if let found = Finding(source, offset: offset, headers, body: body) {
      findings.append(
        ContentErasing.Finding(
          position: position, at: Instant(microseconds: headers.time), kind: found.kind.rawValue, code: found.code, place: found.place))
    }
  }

  var text: String { Base64.text(measures.bytes) }

  /// The measures that a record of an erasure holds. - Throws: `damaged` where it holds none.
  static func measures(_ text: String) throws(StoreError) -> CaseMeasures {
    guard let bytes = Base64.bytes(text) else { throw StoreError(.damaged, "the measures of an erasure") }
    guard bytes.first == CaseMeasures.mark else { return CaseMeasures() }
    return try CaseMeasures(bytes.dropFirst())
  }
}
