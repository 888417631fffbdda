import Storage
import Wire

/// Who had to do with which case, and what was shown to whom: rows of their own, found by the person.
struct Touches {
  private var people: [Row] = []
  private var views: [Row] = []

  /// - Parameter position: of a record in the ledger that names a case.
  mutating func add(_ headers: RecordHeaders, _ caseID: String, position: Int64) {
    guard let person = headers.fact(.reviewer), !person.isEmpty, person.utf8.count <= 250, !person.utf8.contains(0) else { return }
    people.append([.text(person), .text(caseID)])
    if headers.has(type: "countersign.task.viewed.v1") {
      views.append([.text(person), .integer(headers.time), .integer(position), .text(caseID)])
    }
  }

  func save(_ transaction: any StoreTransaction) throws {
    if !people.isEmpty { try transaction.upsert(Tables.touched, Array(Set(people))) }
    if !views.isEmpty { try transaction.upsert(Tables.views, views) }
  }
}
