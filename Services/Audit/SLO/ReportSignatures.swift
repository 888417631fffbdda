import JSON
import Storage
import Wire

extension ReportSigned {
  /// Nil of a body that is none.
  init?(_ body: ArraySlice<UInt8>?) {
    guard let body, let json = try? JSON.parse(body, limits: .stored), let fields = try? Fields(json) else { return nil }
    try? self.init(fields)
  }

  /// - Parameter position: in the ledger.
  func row(_ position: Int64, _ time: Int64) -> Row {
    func plain(_ text: String, _ most: Int) -> Value { .text(String(text.unicodeScalars.filter { $0.value >= 0x20 }.prefix(most).map(Character.init))) }
    return [plain(report, 40), .integer(position), .integer(time), plain(person, 250), plain(digest, 64), plain(words, Self.mostWords)]
  }
}

/// Somebody's name under a report.
struct ReportSignature: Equatable, Sendable {
  let position: Int64
  let at: Int64
  let person: String
  let digest: String
  let words: String

  static func all(of report: String, _ transaction: any StoreTransaction) throws -> [ReportSignature] {
    try transaction.query(
      "SELECT position, at, person, digest, words FROM report_signatures WHERE report = ? ORDER BY position", [.text(report)]
    ).map {
      ReportSignature(
        position: try $0[0].integer(), at: try $0[1].integer(), person: try $0[2].text(), digest: try $0[3].text(), words: try $0[4].text())
    }
  }
}
