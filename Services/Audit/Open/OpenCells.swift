import Statistics
import Storage

/// Sums over the cases that are open, changed in the transaction that indexes the records: how many of a kind began in each second, in each
/// sixteen seconds, and so on, so that a question about any number of open cases reads a number of rows that depends on time alone.
enum OpenCells {
  /// Seconds of a slot; each is sixteen of the one before.
  static let widths: [Int64] = [1, 16, 256, 4_096]
  /// What stands for all of a cell: its number, or what has a length.
  static let whole: Int64 = 0
  /// So many slots of each width, about, are read one by one: what is `n` old is told to within `n` / 64.
  private static let slots: Int64 = 1_024

  private struct Place: Hashable {
    let kind: OpenMark.Kind
    let width: Int64
    let cell: String
    let slot: Int64
    var key: Row { [.text(kind.rawValue), .integer(width), .text(cell), .integer(slot)] }

    static func before(_ a: Place, _ b: Place) -> Bool {
      if a.kind != b.kind { return precedes(a.kind.rawValue, b.kind.rawValue) }
      if a.width != b.width { return a.width < b.width }
      return a.cell.utf8.elementsEqual(b.cell.utf8) ? a.slot < b.slot : precedes(a.cell, b.cell)
    }
  }

  /// - Parameter changes: what each case of a batch added before, and adds now.
  static func save(_ changes: some Sequence<([OpenMark], [OpenMark])>, _ transaction: any StoreTransaction) throws {
    var marks: [OpenMark: Int64] = [:]
    for (before, now) in changes where before != now {
      for mark in before { marks[mark, default: 0] -= 1 }
      for mark in now { marks[mark, default: 0] += 1 }
    }
    var deltas: [Place: Int64] = [:]
    for (mark, delta) in marks where delta != 0 {
      deltas[Place(kind: mark.kind, width: whole, cell: mark.cell, slot: mark.kind.isMoment ? 0 : mark.at), default: 0] += delta
      guard mark.kind.isMoment else { continue }
      for width in widths { deltas[Place(kind: mark.kind, width: width, cell: mark.cell, slot: mark.at / width), default: 0] += delta }
    }
    let ordered = deltas.filter { $0.value != 0 }.sorted { Place.before($0.key, $1.key) }
    guard !ordered.isEmpty else { return }
    let known = try transaction.load(Tables.openCells, ordered.map(\.key.key))
    var (kept, gone): ([Row], [Row]) = ([], [])
    for ((place, delta), row) in zip(ordered, known) {
      let count = try (row.map { try $0[4].integer() } ?? 0) + delta
      if count != 0 { kept.append(place.key + [.integer(count)]) } else if row != nil { gone.append(place.key) }
    }
    if !kept.isEmpty { try transaction.upsert(Tables.openCells, kept) }
    if !gone.isEmpty { try transaction.delete(Tables.openCells, gone) }
  }

  /// All cells of a kind, with how many open cases stand in each.
  static func cells(_ kind: OpenMark.Kind, _ transaction: any StoreTransaction) throws -> [(cell: String, count: Int)] {
    try transaction.query(
      "SELECT cell, cases FROM open_cells WHERE kind = ? AND width = ? AND slot = 0 ORDER BY cell", [.text(kind.rawValue), .integer(whole)]
    ).map { (try $0[0].text(), Int(clamping: try $0[1].integer())) }
  }

  /// How many of a kind began up to this second and with it.
  static func count(_ kind: OpenMark.Kind, _ cell: String, through second: Int64, _ transaction: any StoreTransaction) throws -> Int {
    var (sum, end) = (Int64(0), max(0, second + 1))
    // From the finest slots up: each takes what the next cannot tell.
    for (width, next) in zip(widths, widths.dropFirst() + [0]) {
      let start = next == 0 ? 0 : end / next * next
      for (_, count) in try read(kind, width, cell, (start / width)..<(end / width), transaction) { sum += count }
      end = start
    }
    return Int(clamping: sum)
  }

  /// How many of a kind have a length above a bucket's; over -1 all of whatever kind.
  static func count(_ kind: OpenMark.Kind, _ cell: String, over bucket: Int, _ transaction: any StoreTransaction) throws -> Int {
    Int(clamping: try read(kind, whole, cell, (Int64(bucket) + 1)..<Int64(Sketch.edges.count + 1), transaction).reduce(0) { $0 + $1.count })
  }

  /// How long they have gone on at `now`, µs: at least so long, and less than a sixty-fourth or a second more.
  static func ages(_ kind: OpenMark.Kind, _ cell: String, at now: Int64, _ transaction: any StoreTransaction) throws -> Sketch {
    var ages = Sketch()
    // What the clock has not reached yet is none old.
    var end = Int64.max / 2
    for (width, next) in zip(widths, widths.dropFirst() + [0]) {
      let start = next == 0 ? 0 : max(0, now / 1_000_000 - slots * width) / next * next
      for (slot, count) in try read(kind, width, cell, (start / width)..<max(start / width, end / width), transaction) {
        ages.add(max(0, now - (slot + 1) * width * 1_000_000), times: Int(clamping: count))
      }
      end = start
    }
    return ages
  }

  private static func read(
    _ kind: OpenMark.Kind, _ width: Int64, _ cell: String, _ slots: Range<Int64>, _ transaction: any StoreTransaction
  ) throws -> [(slot: Int64, count: Int64)] {
    guard !slots.isEmpty else { return [] }
    return try transaction.query(
      "SELECT slot, cases FROM open_cells WHERE kind = ? AND width = ? AND cell = ? AND slot >= ? AND slot < ? ORDER BY slot",
      [.text(kind.rawValue), .integer(width), .text(cell), .integer(slots.lowerBound), .integer(slots.upperBound)]
    ).map { (try $0[0].integer(), try $0[1].integer()) }
  }
}
