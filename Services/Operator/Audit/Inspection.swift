import Ledger
import Wire

/// Looks a whole ledger through, with the log's public key alone, and says which record is not what it was.
///
/// The root that the checkpoint signs says that something is wrong; where it is follows from the stored hashes, where they still give that root,
/// else from earlier checkpoints and from the numbers of the streams.
struct Inspection {
  static let flawLimit = 20

  struct Result: Sendable {
    var checkpoint: Checkpoint?
    var note = ""
    var records: UInt64 = 0
    var contents: UInt64 = 0
    var erased: UInt64 = 0
    /// How many of them by which record of the ledger that says so.
    var erasedBy: [UInt64: UInt64] = [:]
    /// Contents that a record says are to go, and that are there.
    var kept: UInt64 = 0
    var cosigners: [String] = []
    var flaws: [Flaw] = []
    /// Numbers that streams lack: of records that were given up, or taken away before they were ever in the ledger.
    var gaps: [Flaw] = []
  }

  private let trust: LedgerTrust
  /// Checkpoints that were seen before.
  private let seen: [Checkpoint]
  private var result = Result()
  private var roots: [UInt64: (root: TreeHash, note: String)] = [:]
  private var tree = CompactRange()
  private var stored = CompactRange()
  private var streams: [String: Int64] = [:]
  private var comparison = HashComparison()
  private var ordered: [Flaw] = []
  private var erasures = AnnouncedErasures()
  /// The hashes of whole tiles, by the level of tiles above the leaves.
  private var upper: [Int: [TreeHash]] = [:]
  private var lastSound: UInt64 = 0
  private var firstUnsound: UInt64?
  /// Two who saw a checkpoint of this size saw the same tree.
  private var agreed: UInt64 = 0

  init(trust: LedgerTrust, seen: [Checkpoint] = []) {
    self.trust = trust
    self.seen = seen
  }

  mutating func look(at source: some LedgerSource) async throws -> Result {
    var source = source
    guard let checkpoint = try await openCheckpoint(source) else { return result }
    for earlier in seen.sorted(by: { $0.size < $1.size }) {
      remember(earlier, "a checkpoint that was seen before")
      guard earlier.size > checkpoint.size else { continue }
      add(
        .oldCheckpoint, at: checkpoint.size,
        "the checkpoint tells of \(checkpoint.size) leaves; one of \(earlier.size) was seen before: this is an older state of the ledger")
    }
    try await lookThrough(&source, checkpoint)
    try await judge(source, checkpoint)
    return result
  }

  private mutating func add(_ kind: Flaw.Kind, at position: UInt64? = nil, through: UInt64? = nil, _ text: String) {
    guard result.flaws.count < Self.flawLimit else { return }
    let flaw = Flaw(kind: kind, position: position, through: through, text: text)
    if !result.flaws.contains(where: { $0.kind == kind && $0.position == position }) { result.flaws.append(flaw) }
  }

  private mutating func remember(_ checkpoint: Checkpoint, _ what: String) {
    if let known = roots[checkpoint.size] {
      guard known.root != checkpoint.root else { return agreed = max(agreed, checkpoint.size) }
      let from = agreed < checkpoint.size ? agreed : 0
      return add(
        .fork, at: from, through: checkpoint.size,
        "two trees of \(checkpoint.size) leaves are signed: \(known.note) has another root than \(what); up to \(from) they are one")
    }
    roots[checkpoint.size] = (checkpoint.root, what)
  }

  /// The checkpoint by which the ledger is judged; nil, and a flaw, where none counts.
  private mutating func openCheckpoint(_ source: some LedgerSource) async throws -> Checkpoint? {
    let history = try await source.history()
    guard let note = try await newestCheckpoint(source, history) else {
      add(.noCheckpoint, "\(source.place) has no checkpoint\(trust.policy.needsWitnesses ? " that witnesses have cosigned" : "")")
      return nil
    }
    result.note = note
    let checkpoint: Checkpoint
    let keys: LogKeys
    do throws(NoteError) {
      keys = try trust.keys(try await changes(source))
      checkpoint = try keys.open(note)
    } catch {
      let size = Self.size(of: note)
      if case .keyEnded(let at) = error {
        add(.signature, at: at, through: size, "the checkpoint does not count: \(error)")
      } else {
        add(.signature, at: size, "the checkpoint does not count: \(error)")
      }
      return nil
    }
    result.checkpoint = checkpoint
    let read = try? Note(note)
    result.cosigners = read.map { trust.policy.cosigned($0).map(\.witness.name) } ?? []
    if let read, !trust.policy.isSatisfied(by: read) {
      add(.cosignatures, at: checkpoint.size, "too few witnesses have cosigned the checkpoint of \(checkpoint.size) leaves: \(result.cosigners.isEmpty ? "none" : result.cosigners.joined(separator: ", "))")
    }
    remember(checkpoint, "the checkpoint")
    for text in history {
      guard let earlier = try? keys.open(text) else {
        let size = Self.size(of: text)
        add(.signature, at: size, "a checkpoint in the history\(size.map { ", of \($0) leaves," } ?? "") is not signed by a key that counts")
        continue
      }
      if earlier.size > checkpoint.size, !trust.policy.needsWitnesses {
        add(.oldCheckpoint, at: checkpoint.size, "the checkpoint tells of \(checkpoint.size) leaves, the history of \(earlier.size)")
      }
      remember(earlier, "a checkpoint in the history")
    }
    return checkpoint
  }

  /// The checkpoint, at least as new as the history that was read before it. At work, where witnesses are asked, one is served a moment
  /// after it was signed: it is waited for, ten seconds at most.
  private func newestCheckpoint(_ source: some LedgerSource, _ history: [String]) async throws -> String? {
    let newest = history.compactMap(Self.size).max() ?? 0
    var note = try await source.checkpoint(witnessed: trust.policy.needsWitnesses)
    guard source.isLive, !trust.policy.needsWitnesses else { return note }
    for _ in 0..<20 where (note.flatMap(Self.size) ?? 0) < newest {
      try await Task.sleep(for: .milliseconds(500))
      note = try await source.checkpoint(witnessed: false)
    }
    return note
  }

  /// Leaves that a checkpoint says it tells of, whoever signed it.
  private static func size(of note: String) -> UInt64? {
    (try? Note(note))?.claimedSize
  }

  private func changes(_ source: some LedgerSource) async throws(NoteError) -> [String] {
    do { return try await source.keyChanges() } catch { throw .malformed }
  }

  private mutating func lookThrough(_ source: inout some LedgerSource, _ checkpoint: Checkpoint) async throws {
    let hasContents = try source.hasContents
    while tree.size < checkpoint.size {
      let records = try await source.next()
      if records.isEmpty { break }
      let from = tree.size
      let hashes = try await source.hashes(level: 0, from: from, count: Int(min(UInt64(records.count), checkpoint.size - from)))
      for hash in hashes where stored.size < checkpoint.size { stored.append(hash) }
      for record in records.prefix(Int(checkpoint.size - from)) { take(record, hasContents) }
      comparison.store(hashes)
    }
    // Where records are missing there are more hashes than records.
    while stored.size < checkpoint.size {
      let count = min(UInt64(TilePath.width) - stored.size % UInt64(TilePath.width), checkpoint.size - stored.size)
      let hashes = try await source.hashes(level: 0, from: stored.size, count: Int(count))
      if hashes.isEmpty { break }
      for hash in hashes { stored.append(hash) }
      comparison.store(hashes)
    }
    result.records = tree.size
  }

  private mutating func take(_ record: SourceRecord, _ hasContents: Bool) {
    let position = tree.size
    let hash = leafHash(record.leaf)
    tree.append(hash) { level, _, node in
      if level > 0, level & 7 == 0 { upper[level >> 3, default: []].append(node) }
    }
    comparison.compute(hash)
    if firstUnsound == nil, let known = roots[tree.size] {
      if known.root == tree.root { lastSound = tree.size } else { firstUnsound = tree.size }
    }
    guard let leaf = Leaf(record.leaf[...]) else { return }
    number(leaf, position)
    guard let content = record.content else {
      if hasContents { erasures.miss(position) }
      return
    }
    result.contents += 1
    if content.hash == leaf.content {
      erasures.take(leaf, content, at: position)
    } else {
      // Whether a record says that it goes, only those behind it can tell.
      erasures.doubt(position, isZero: content.isErased)
    }
  }

  /// Contents that are not what their leaves commit to: gone by a record that says so, or not what was there.
  private mutating func judgeContents() {
    for doubt in erasures.doubts {
      for position in doubt.positions {
        if let by = erasures.reason(doubt.kind, position) {
          result.erased += 1
          result.erasedBy[by, default: 0] += 1
          continue
        }
        if doubt.kind == .zero { result.erased += 1 }
        let what =
          switch doubt.kind {
          case .missing: "the content of record \(position) is missing"
          case .zero: "the content of record \(position) is erased, and no record of the ledger says so"
          case .other: "the content of record \(position) is not what its leaf commits to"
          }
        add(.content, at: position, what)
      }
    }
    result.kept = UInt64(erasures.announced.count) - min(UInt64(erasures.announced.count), result.erasedBy.values.reduce(0, +))
  }

  private mutating func number(_ leaf: Leaf, _ position: UInt64) {
    guard let number = leaf.integer("ce_sequence") else { return }
    let stream = "\(leaf.topic)/\(leaf.partition)"
    defer { streams[stream] = max(number, streams[stream] ?? 0) }
    guard let last = streams[stream] else { return }
    if number <= last {
      ordered.append(Flaw(kind: .order, position: position, text: "record \(position) is number \(number) of \(stream), after number \(last)"))
    } else if number > last + 1 {
      let text = "before record \(position), \(stream) lacks \(last + 1 == number - 1 ? "number \(last + 1)" : "numbers \(last + 1) to \(number - 1)")"
      result.gaps.append(Flaw(kind: .order, position: position, text: text))
    }
  }

  private mutating func judge(_ source: some LedgerSource, _ checkpoint: Checkpoint) async throws {
    let isSound = tree.size == checkpoint.size && tree.root == checkpoint.root
    comparison.finish()
    judgeContents()
    // Contents of records that are shifted are all wrong: what the leaves say comes first.
    let contents = result.flaws.filter { $0.kind == .content }
    if isSound {
      try await judgeHashes(source)
      for flaw in ordered { add(.order, at: flaw.position, flaw.text) }
      if let firstUnsound {
        add(.fork, at: lastSound, through: firstUnsound, "the tree of \(firstUnsound) leaves is not the one that \(roots[firstUnsound]?.note ?? "a checkpoint") tells of: the ledger was rewritten between \(lastSound) and \(firstUnsound)")
      }
      return
    }
    if stored.size == checkpoint.size, stored.root == checkpoint.root {
      // The stored hashes are those that were signed: each record that differs from its hash was changed.
      result.flaws.removeAll { $0.kind == .content }
      for flaw in comparison.flaws { add(flaw.kind, at: flaw.position, through: flaw.through, flaw.text) }
      if let first = comparison.flaws.first?.position {
        for flaw in contents where (flaw.position ?? 0) < first { add(.content, at: flaw.position, flaw.text) }
      }
    } else if tree.size < checkpoint.size, firstUnsound == nil {
      add(.truncated, at: tree.size, "the records end with \(tree.size), the checkpoint tells of \(checkpoint.size): those from \(tree.size) on are missing")
    } else {
      let end = firstUnsound ?? checkpoint.size
      add(.changed, at: lastSound, through: end - 1, "something between record \(lastSound) and record \(end - 1) is not what was signed; the stored hashes were changed with it")
      for flaw in ordered + result.gaps { add(flaw.kind, at: flaw.position, flaw.text) }
    }
    if result.flaws.isEmpty { add(.changed, at: lastSound, through: checkpoint.size, "the records do not give the root that the checkpoint signs") }
  }

  /// The records are sound: are the hashes that are served of them? A copy without some of them is no worse.
  private mutating func judgeHashes(_ source: some LedgerSource) async throws {
    if let first = comparison.flaws.first, first.position != stored.size {
      add(.hashes, at: first.position, "the stored hash of record \(first.position ?? 0) is not its own; the record is sound")
    }
    for (level, nodes) in upper.sorted(by: { $0.key < $1.key }) {
      for from in stride(from: 0, to: nodes.count, by: TilePath.width) {
        let wanted = nodes[from..<min(nodes.count, from + TilePath.width)]
        let there = try await source.hashes(level: level, from: UInt64(from), count: wanted.count)
        guard let place = zip(wanted, there).enumerated().first(where: { $0.element.0 != $0.element.1 })?.offset else { continue }
        let width = UInt64(1) << UInt64(8 * level)
        let first = UInt64(from + place) * width
        return add(.hashes, at: first, through: first + width - 1, "a stored hash of level \(8 * level) is wrong; the records below it are sound")
      }
    }
  }
}
