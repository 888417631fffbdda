import Domain
import Host
import Hummingbird
import JSON
import Ledger
import Storage
import Wire

extension Edge {
  /// At most so many records of a case are told.
  static let storyLimit = 1_000

  /// `GET /v1/cases/{id}`: all that happened to a case, in order.
  func tellCase(_ id: String, showsContent: Bool) throws -> Response {
    let id = try checkedID(id)
    let body: JSON = try road.store.read { transaction in
      guard let row = try transaction.load(Tables.cases, [[.text(id)]])[0], let extent = try Extent(transaction) else {
        throw Problem(.notFound, "case.unknown", "Audit knows no case \(id).")
      }
      let known = try CaseRow(row)
      let positions = try Entries.positions(of: id, limit: Self.storyLimit + 1, transaction)
      let hops = try read(Array(positions.prefix(Self.storyLimit)), extent, transaction)
      let erasures = try Erasures.byPosition(id, transaction)
      return [
        "case": .string(id), "record": summary(known), "missing": .array(hops.flatMap(\.flaws).map { .string($0) }),
        "seconds": seconds(known), "owes": owes(known),
        "hops": .array(inOrder(hops).map { $0.json(showsContent: showsContent, erasures: erasures) }),
        "held": .bool(try Sweep.isHeld(known, Sweep.heldPeople(transaction), transaction)),
        "content": .string(showsContent ? "shown" : "hidden"), "truncated": .bool(positions.count > Self.storyLimit),
      ]
    }
    return jsonResponse(body)
  }

  /// Where its time went so far: waiting for people (queue), working (machine, handle, effect), the undo window. What lies between is in none.
  private func seconds(_ row: CaseRow) -> JSON {
    let end = row.ended ?? road.clock.story.microseconds
    guard let start = row.measures[.ingested] else { return .null }
    var sums = KPISums()
    Contribution.split(row.measures, start, end, &sums)
    let parts: [(String, KPISums.Count)] = [
      ("machine", .machine), ("queue", .queue), ("handle", .handle), ("undo", .undo), ("effect", .effect),
    ]
    return .object(
      JSONObject(parts.map { ($0.0, .number(Double(sums[$0.1]) / 1e6)) } + [("total", .number(Double(max(0, end - start)) / 1e6)), ("is_open", .bool(row.ended == nil))]))
  }

  /// What it owes, whether due or not yet (`Manifest`).
  private func owes(_ row: CaseRow) -> JSON {
    .array(
      row.debts.map { debt in
        [
          "owes": .string(debt.transition.rawValue), "topic": .string(debt.transition.topic), "since": .string(time(debt.since)),
          "due": .string(time(debt.due)),
        ]
      })
  }

  /// The records at these positions (ascending).
  func read(_ positions: [Int64], _ extent: Extent, _ transaction: any StoreTransaction) throws -> [Hop] {
    try LedgerReader(paths).hops(positions, extent, transaction)
  }

  /// By time, of one moment by the order in which each service wrote, but never an effect before its cause.
  private func inOrder(_ hops: [Hop]) -> [Hop] {
    var waiting = hops.sorted { ($0.time, $0.service, $0.order, $0.position) < ($1.time, $1.service, $1.order, $1.position) }
    var told: [Hop] = []
    var missing = Set(hops.map(\.place))
    while !waiting.isEmpty {
      let next = waiting.firstIndex { $0.cause.map { !missing.contains($0) } ?? true } ?? 0
      let hop = waiting.remove(at: next)
      missing.remove(hop.place)
      told.append(hop)
    }
    return told
  }
}

extension LedgerReader {
  /// The records at these positions (ascending).
  func hops(_ positions: [Int64], _ extent: Extent, _ transaction: any StoreTransaction) throws -> [Hop] {
    var hops: [Hop] = []
    try forEachBundle(of: positions, extent, transaction) { bundle, here in
      let contents = try contents(bundle, here.map(\.place))
      for (position, place) in here {
        guard bundle.leaves.indices.contains(place), let leaf = Leaf(bundle.leaves[place]) else {
          throw StoreError(.damaged, "segments: entry \(position) is no leaf")
        }
        hops.append(Hop(position: position, leaf: leaf, content: contents[place]))
      }
    }
    for kept in hops.flatMap(\.kept) {
      if let place = hops.firstIndex(where: { $0.position == kept.position }) { hops[place].take(kept) }
    }
    return hops
  }
}
