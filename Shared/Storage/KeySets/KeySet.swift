/// How large the runs of key sets are.
struct KeySetShape {
  /// Entries of a run.
  var runLength = 131_072
  /// Runs that one call of `expire` drops at most, which bounds the time that it takes (some 10 ms each).
  var runsPerExpiry = 16

  /// 16 bits a key.
  var filterBits: Int {
    var bits = 64
    while bits < runLength * 16 { bits *= 2 }
    return bits
  }
}

/// What the writer holds in memory of a key set: where each key of the open run lies, and filters and fences of the
/// full ones.
final class KeySet {
  private let tables: KeySetTables
  private let shape: KeySetShape
  /// Number within the open run.
  private var open: [Key: UInt32] = [:]
  private var openRun: KeyRun
  private var groups: [Group] = []
  /// Keys that the transaction at work has added, or that it did more than add.
  private var added: [Key] = []
  private var newestBefore: Int64
  private var hasMovedRuns = false

  private struct Group {
    var filter: KeyFilter
    var runs: [KeyRun?] = Array(repeating: nil, count: 64)
  }

  init(_ name: String, _ shape: KeySetShape, on connection: SQLiteConnection) throws(StoreError) {
    tables = KeySetTables(name)
    self.shape = shape
    let runs = try tables.runs(on: connection, withFilters: true)
    guard let last = runs.last else { throw tables.damaged("there is no open run") }
    openRun = last
    newestBefore = Int64.min
    openRun.newest = Int64.min
    for run in runs.dropLast() { try take(run) }
    open.reserveCapacity(shape.runLength)
    for block in try tables.blocks(connection, from: openRun.first) {
      guard block.first == openRun.first + Int64(openRun.count) else { throw tables.damaged("a block is missing") }
      try KeyBlock.forEach(block.body, or: tables.damaged("block \(block.first) is wrong")) { _, entry in
        open[Key(entry.key)] = UInt32(openRun.count)
        openRun.count += 1
        openRun.newest = max(openRun.newest, entry.at)
      }
    }
    newestBefore = openRun.newest
  }

  private func take(_ run: KeyRun) throws(StoreError) {
    var run = run
    if groups.last?.filter.isFull ?? true {
      if let at = groups.firstIndex(where: { !$0.filter.isFull }) {
        groups.append(groups.remove(at: at))
      } else {
        groups.append(Group(filter: KeyFilter(bits: shape.filterBits)))
      }
    }
    guard let column = groups[groups.count - 1].filter.add(run.filter) else {
      throw tables.damaged("the filter of run \(run.id) has a wrong size")
    }
    run.filter = []
    groups[groups.count - 1].runs[column] = run
  }

  /// See `StoreTransaction.claim`.
  func claim(_ entries: [KeyEntry], on connection: SQLiteConnection) throws(StoreError) -> [KeyEntry?] {
    var results: [KeyEntry?] = []
    results.reserveCapacity(entries.count)
    var block: [UInt8] = []
    var blockStart = openRun.count
    for entry in entries {
      let key = Key(entry.key)
      if let number = open[key] {
        let held = Int(number) >= blockStart
          ? KeyBlock.entry(Int(number) - blockStart, of: block)
          : try tables.entry(openRun.first + Int64(number), on: connection)
        results.append(held)
        continue
      }
      if let held = try searchFullRuns(key, on: connection) {
        results.append(held)
        continue
      }
      if block.count + KeyBlock.size(of: entry) > KeyBlock.limit {
        try tables.append(block, first: openRun.first + Int64(blockStart), on: connection)
        block.removeAll(keepingCapacity: true)
        blockStart = openRun.count
      }
      KeyBlock.append(entry, to: &block)
      open[key] = UInt32(openRun.count)
      added.append(key)
      openRun.count += 1
      openRun.newest = max(openRun.newest, entry.at)
      results.append(nil)
      if openRun.count >= shape.runLength {
        try tables.append(block, first: openRun.first + Int64(blockStart), on: connection)
        block.removeAll(keepingCapacity: true)
        try seal(on: connection)
        blockStart = 0
      }
    }
    if !block.isEmpty { try tables.append(block, first: openRun.first + Int64(blockStart), on: connection) }
    return results
  }

  /// See `StoreTransaction.find`.
  func find(_ keys: [[UInt8]], on connection: SQLiteConnection) throws(StoreError) -> [KeyEntry?] {
    var results: [KeyEntry?] = []
    for bytes in keys {
      let key = Key(bytes)
      if let number = open[key] {
        results.append(try tables.entry(openRun.first + Int64(number), on: connection))
      } else {
        results.append(try searchFullRuns(key, on: connection))
      }
    }
    return results
  }

  private func searchFullRuns(_ key: Key, on connection: SQLiteConnection) throws(StoreError) -> KeyEntry? {
    for group in groups.indices {
      var suspects = groups[group].filter.suspects(key.filterHash)
      while suspects != 0 {
        if let run = groups[group].runs[suspects.trailingZeroBitCount],
          let held = try tables.search(run, key, on: connection) { return held }
        suspects &= suspects - 1
      }
    }
    return nil
  }

  private func seal(on connection: SQLiteConnection) throws(StoreError) {
    hasMovedRuns = true
    var words = open.map { UInt64($0.key.indexHash) << 32 | UInt64($0.value) }
    words.sort()
    let (pages, fences) = KeyIndex.pages(words)
    openRun.fences = fences
    openRun.filter = KeyFilter.filter(of: open.keys.lazy.map(\.filterHash), bits: shape.filterBits)
    try tables.seal(openRun, pages: pages, on: connection)
    let next = openRun.first + Int64(openRun.count)
    let id = openRun.id + 1
    try take(openRun)
    openRun = KeyRun(id: id, first: next, count: 0, newest: Int64.min, fences: KeyFences(), filter: [])
    open.removeAll(keepingCapacity: true)
    added.removeAll(keepingCapacity: true)
  }

  /// See `StoreTransaction.expire`.
  func expire(before time: Int64, on connection: SQLiteConnection) throws(StoreError) {
    var left = shape.runsPerExpiry
    for group in groups.indices {
      for column in 0..<64 {
        guard left > 0, let run = groups[group].runs[column], run.newest < time else { continue }
        hasMovedRuns = true
        try tables.drop(run, on: connection)
        groups[group].runs[column] = nil
        groups[group].filter.remove(column: column)
        left -= 1
      }
    }
    groups.removeAll(where: \.filter.isEmpty)
  }

  func committed() {
    added.removeAll(keepingCapacity: true)
    newestBefore = openRun.newest
    hasMovedRuns = false
  }

  /// Forgets what the transaction added. - Returns: false where that cannot be done; then the set must be loaded anew.
  func rolledBack() -> Bool {
    if hasMovedRuns { return false }
    for key in added { open[key] = nil }
    openRun.count -= added.count
    openRun.newest = newestBefore
    added.removeAll(keepingCapacity: true)
    return true
  }
}
