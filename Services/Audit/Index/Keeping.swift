import JSON
import Messaging
import Storage
import Wire

/// What audit's own records about keeping and destroying (topic `retention`) do to the index.
struct Keeping {
  private var erasures: [Row] = []
  private var erased: [Row] = []
  private var holds: [Row] = []
  /// Rows of `Tables.going` by their key, in the order of the ledger; nil: it is done.
  private var going: [(key: Row, position: Int64?)] = []
  /// Rows of `Tables.security` without the words that are gone.
  private var findings: [Row] = []

  /// - Returns: the case whose contents go, what figures keep of them, and headers that go with them; nil of every other record. One that cannot be read is in the
  ///   ledger, and nothing else.
  mutating func take(_ headers: RecordHeaders, _ body: ArraySlice<UInt8>?, at position: Int64) -> (caseID: String, measures: CaseMeasures, kept: [ContentErasing.Kept])? {
    guard let body, let json = try? JSON.parse(body, limits: .stored), let fields = try? Fields(json) else { return nil }
    if headers.has(type: ContentErasing.type), let erasing = try? ContentErasing(fields), isCaseID(erasing.caseID) {
      erasures.append(Erasures.row(erasing, at: position))
      going.append(([.integer(erasing.at.microseconds), .text(erasing.caseID)], position))
      findings += erasing.findings.map { finding in
        [
          .integer(finding.position), .integer(finding.at.microseconds), .text(finding.kind), .text(erasing.caseID), .text(finding.code),
          .text(finding.place), .text(""),
        ]
      }
      return (erasing.caseID, (try? Residue.measures(erasing.measures)) ?? CaseMeasures(), erasing.kept)
    }
    if headers.has(type: ContentErased.type), let done = try? ContentErased(fields) {
      erased.append(Erasures.row(done, at: position))
      going.append(([.integer(done.since.microseconds), .text(done.caseID)], nil))
    } else if headers.has(type: HoldChanged.type), let hold = try? HoldChanged(fields) {
      holds.append([
        .text(hold.hold), .integer(position), .integer(hold.at.microseconds), .text(hold.act.rawValue), .text(hold.scope.rawValue), .text(hold.value),
        .text(hold.person), .text(hold.reason),
      ])
    }
    return nil
  }

  /// After the batch's own rows of `security`.
  func save(_ transaction: any StoreTransaction) throws {
    if !erasures.isEmpty { try transaction.upsert(Tables.erasures, erasures) }
    if !erased.isEmpty { try transaction.upsert(Tables.erased, erased) }
    var last: [Row: Int64?] = [:]
    for one in going { last[one.key] = .some(one.position) }
    let begun = last.compactMap { key, position in position.map { key + [.integer($0)] } }
    let done = last.filter { $0.value == nil }.map(\.key)
    if !begun.isEmpty { try transaction.upsert(Tables.going, begun) }
    if !done.isEmpty { try transaction.delete(Tables.going, done) }
    if !holds.isEmpty { try transaction.upsert(Tables.holds, holds) }
    if !findings.isEmpty { try transaction.upsert(Tables.security, findings) }
  }
}
