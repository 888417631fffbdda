import JSON
import Ledger
import Messaging
import Storage
import Wire

/// What one batch of records does to the index. Bodies are not looked at but for the few that speak of other records.
struct Indexer {
  private var streams: [TopicPartition: StreamRow] = [:]
  private var cases: [IndexedCase] = []
  private var caseAt: [String: Int] = [:]
  private var flaws = Flaws()
  /// Places in `cases` of those that hold only what this batch told of them.
  private var unknown: [Int] = []
  private var entries: [Row] = []
  private var security: [Row] = []
  private var touches = Touches()
  private var signatures: [Row] = []
  private var keeping = Keeping()
  /// Open cases as the batches before left them, without those that stand in `cases`.
  private(set) var known: [String: IndexedCase]
  /// When the oldest record of a case in this batch was written, µs; nil where none is of a case.
  private(set) var oldest: Int64?
  private let wall: Int64
  private let transaction: any StoreTransaction

  /// - Parameter known: open cases as they stand in the database, as far as they are remembered.
  init(wall: Int64, known: [String: IndexedCase] = [:], _ transaction: any StoreTransaction) {
    self.known = known
    self.wall = wall
    self.transaction = transaction
  }

  /// Loads the rows of these streams, in one query.
  mutating func prepare(_ sources: Set<TopicPartition>) throws {
    let missing = sources.filter { streams[$0] == nil }.sorted()
    let rows = try transaction.load(Tables.streams, missing.map { [.text($0.topic), .integer(Int64($0.partition))] })
    for (source, row) in zip(missing, rows) { streams[source] = try row.map { try StreamRow($0) } ?? StreamRow(source) }
  }

  /// - Returns: whether the record is new to the ledger; only then may it be added.
  mutating func isNew(_ source: TopicPartition, offset: Int64, _ headers: RecordHeaders) throws -> Bool {
    if streams[source] == nil { try prepare([source]) }
    return streams[source]?.take(number: headers.sequence, epoch: headers.epoch, offset: offset, at: wall) ?? true
  }

  /// Indexes a record that stands in the ledger at `position`.
  mutating func add(
    position: Int64, _ source: TopicPartition, offset: Int64, _ headers: RecordHeaders, body: ArraySlice<UInt8>?
  ) throws {
    let caseID = headers.caseID
    if let caseID {
      oldest = min(oldest ?? .max, headers.time)
      entries.append([.text(caseID), .integer(position)])
      // A dead letter may name a case after what an outsider wrote: it is told, but changes nothing. What is kept of a case is nothing
      // that happened to it.
      if !source.topic.hasSuffix(".dead"), source.topic != Topic.retention.name {
        let place = place(of: caseID)
        cases[place].row.fold(headers, topic: source.topic, body: body)
        if let (found, required) = flaws.check(headers, source, caseID, position: position, body: body) {
          cases[place].row.measures.fields.add(found, of: required)
        }
        touches.add(headers, caseID, position: position)
      }
    }
    if source.topic == Topic.retention.name, let gone = keeping.take(headers, body, at: position) {
      cases[place(of: gone.caseID)].row.measures.merge(gone.measures)
      for kept in gone.kept { try add(kept, of: gone.caseID) }
    }
    if headers.has(type: ReportSigned.type), let signed = ReportSigned(body) { signatures.append(signed.row(position, headers.time)) }
    if source.topic.hasSuffix(".heads") { try takeHeads(headers, source.partition, body) }
    if let finding = Finding(source, offset: offset, headers, body: body) {
      security.append([
        .integer(position), .integer(headers.time), .text(finding.kind.rawValue), .text(caseID ?? ""), .text(finding.code),
        .text(finding.place), .text(finding.detail),
      ])
      if finding.kind == .foreign, let stream = finding.stream {
        try prepare([stream])
        streams[stream]?.foreign += 1
      }
    }
  }

  /// A record whose headers went with its content, from where they are kept; nothing where it was indexed while they were there.
  private mutating func add(_ kept: ContentErasing.Kept, of caseID: String) throws {
    let key: Row = [.text(caseID), .integer(kept.position)]
    guard !entries.contains(key), try transaction.load(Tables.entries, [key])[0] == nil, let bytes = Base64.bytes(kept.headers) else { return }
    let source = TopicPartition(kept.topic, Int32(truncatingIfNeeded: kept.partition))
    var headers = RecordHeaders()
    headers.read(bytes[...])
    try prepare([source])
    streams[source]?.fill(number: headers.sequence, epoch: headers.epoch, offset: kept.offset, at: wall)
    try add(position: kept.position, source, offset: kept.offset, headers, body: nil)
  }

  private mutating func place(of caseID: String) -> Int {
    if let place = caseAt[caseID] { return place }
    let place = cases.count
    caseAt[caseID] = place
    // Taken out, so that it has one owner and is changed in place.
    if let open = known.removeValue(forKey: caseID) {
      cases.append(open)
    } else {
      unknown.append(place)
      cases.append(IndexedCase(row: CaseRow(caseID), added: .nothing))
    }
    return place
  }

  /// `countersign.heads.v1`: how far each stream of a lane is.
  private mutating func takeHeads(_ headers: RecordHeaders, _ lane: Int32, _ body: ArraySlice<UInt8>?) throws {
    guard headers.has(type: "countersign.heads.v1"), let body, let json = try? JSON.parse(body, limits: .stored),
      let told = json["streams"]?.object
    else { return }
    for (name, value) in told.members {
      guard let topic = Topic.named(name), audited.contains(topic), let number = value.integer else { continue }
      let source = TopicPartition(name, lane)
      try prepare([source])
      streams[source]?.expect(number, at: wall)
    }
  }

  /// Writes the batch's part of the index.
  mutating func save() throws {
    for (place, row) in zip(unknown, try transaction.load(Tables.cases, unknown.map { [.text(cases[$0].row.id)] })) {
      guard let row else { continue }
      var whole = try CaseRow(row)
      cases[place].added = Added(whole)
      whole.merge(cases[place].row)
      cases[place].row = whole
    }
    try transaction.upsert(Tables.cases, cases.indices.map { cases[$0].row.row })
    try saveSums()
    try flaws.save(transaction)
    try touches.save(transaction)
    if !signatures.isEmpty { try transaction.upsert(Tables.signatures, signatures) }
    // By place: iterating copies a row with all that it holds.
    for place in cases.indices where cases[place].row.ended == nil { known[cases[place].row.id] = cases[place] }
    try transaction.insert(Tables.entries, entries)
    try transaction.upsert(Tables.streams, streams.values.sorted { $0.source < $1.source }.map(\.row))
    if !security.isEmpty { try transaction.insert(Tables.security, security) }
    try keeping.save(transaction)
  }

  /// Takes away what the batch's cases added before it, and adds what they add now.
  private mutating func saveSums() throws {
    let before = cases.map(\.added)
    for place in cases.indices { cases[place].added = Added(cases[place].row) }
    try saveLabels(before)
    try Owing.save(cases.indices.map { (cases[$0].row.id, before[$0].owing, cases[$0].added.owing) }, transaction)
    try OpenCells.save(cases.indices.map { (before[$0].marks, cases[$0].added.marks) }, transaction)
    try KPICells.save(cases.indices.map { (before[$0].contribution, cases[$0].added.contribution) }, transaction)
    try BudgetCells.save(cases.indices.map { (before[$0].spending, cases[$0].added.spending) }, transaction)
  }

  private func saveLabels(_ before: [Added]) throws {
    var (gone, new): ([Row], [Row]) = ([], [])
    for place in cases.indices {
      for (old, label) in zip(before[place].labels, cases[place].added.labels) where !old.utf8.elementsEqual(label.utf8) {
        if !old.isEmpty { gone.append([.text(old), .text(cases[place].row.id)]) }
        if !label.isEmpty { new.append([.text(label), .text(cases[place].row.id)]) }
      }
    }
    if !gone.isEmpty { try transaction.delete(Tables.labels, gone) }
    if !new.isEmpty { try transaction.upsert(Tables.labels, new) }
  }
}

/// Every topic that audit keeps: the internal ones of the other services, its own dead letters, and what it says of keeping and destroying.
let audited: Set<Topic> = Set(Topic.all.filter { $0.kind == .internal && ($0.writer != .audit || $0 == Service.audit.dead || $0 == .retention) })
