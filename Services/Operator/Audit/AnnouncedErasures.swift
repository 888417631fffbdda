import JSON
import Ledger
import Wire

/// Contents of which a record of the ledger says that they go (`countersign.content.erasing.v1`), and contents that are not what they were.
struct AnnouncedErasures {
  enum Kind { case missing, zero, other }
  struct Doubt {
    let kind: Kind
    var positions: ClosedRange<UInt64>
  }

  /// By which record, by position.
  private(set) var announced: [UInt64: UInt64] = [:]
  /// Records that another one says are done: from then on only zeros are what should be there.
  private var finished: Set<UInt64> = []
  /// In the order of their positions.
  private(set) var doubts: [Doubt] = []

  /// - Parameter content: what its leaf commits to.
  mutating func take(_ leaf: Leaf, _ content: SourceContent, at position: UInt64) {
    guard leaf.topic == Topic.retention.name, let bytes = content.bytes, let json = try? JSON.parse(bytes[...], limits: .stored),
      let fields = try? Fields(json)
    else { return }
    if leaf.text("ce_type") == ContentErased.type, let done = try? ContentErased(fields) {
      if let record = UInt64(exactly: done.erasing) { finished.insert(record) }
      return
    }
    guard leaf.text("ce_type") == ContentErasing.type, let erasing = try? ContentErasing(fields) else { return }
    // A record tells only of those before it.
    for gone in erasing.positions { if let gone = UInt64(exactly: gone), gone < position { announced[gone] = position } }
  }

  /// By which record the content of a record is gone, or is just going; nil where none says so.
  func reason(_ kind: Kind, _ position: UInt64) -> UInt64? {
    guard kind != .missing, let by = announced[position] else { return nil }
    return kind == .zero || !finished.contains(by) ? by : nil
  }

  mutating func miss(_ position: UInt64) { add(.missing, position) }
  mutating func doubt(_ position: UInt64, isZero: Bool) { add(isZero ? .zero : .other, position) }

  private mutating func add(_ kind: Kind, _ position: UInt64) {
    if let last = doubts.indices.last, doubts[last].kind == kind, doubts[last].positions.upperBound + 1 == position {
      doubts[last].positions = doubts[last].positions.lowerBound...position
    } else {
      doubts.append(Doubt(kind: kind, positions: position...position))
    }
  }
}
