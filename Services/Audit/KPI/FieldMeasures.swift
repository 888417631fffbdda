import Storage
import Wire

/// How well the records of a case tell what they must (`RequiredFields`): sums, so that they follow no order.
struct FieldMeasures: Sendable, Equatable {
  var due: Int64 = 0
  var absent: Int64 = 0
  var empty: Int64 = 0
  var unexplained: Int64 = 0
  /// Records that the table has a row for, and those of them without a flaw.
  var records: Int64 = 0
  var whole: Int64 = 0

  mutating func add(_ found: some Collection<(fact: Fact, flaw: RequiredFields.Flaw)>, of required: Int) {
    records += 1
    due += Int64(required)
    if found.isEmpty { whole += 1 }
    for (_, flaw) in found {
      switch flaw {
      case .absent: absent += 1
      case .empty: empty += 1
      case .unexplained: unexplained += 1
      }
    }
  }

  mutating func merge(_ other: FieldMeasures) {
    due += other.due
    absent += other.absent
    empty += other.empty
    unexplained += other.unexplained
    records += other.records
    whole += other.whole
  }

  var present: Int64 { due - absent - empty - unexplained }
  var numbers: [Int64] { [due, absent, empty, unexplained, records, whole] }

  init() {}

  init(_ reader: inout PackedReader) throws(StoreError) {
    due = try reader.integer()
    absent = try reader.integer()
    empty = try reader.integer()
    unexplained = try reader.integer()
    records = try reader.integer()
    whole = try reader.integer()
  }
}
